"""Made-up facts files of a county or prefecture: realistic, legal, the same for the same seed.

No person, ID number or account here is anybody's (see `numbers`). For demos, benchmarks, tests and newcomers.
"""

from ledger.intake.sampling.counties import CLOSE_DAY, SIZES, SampleFile, county, prefecture
from ledger.intake.sampling.departments import department_lines

__all__ = ["CLOSE_DAY", "SIZES", "SampleFile", "county", "department_lines", "prefecture"]
