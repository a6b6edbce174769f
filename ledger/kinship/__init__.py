"""Who is whose relative on a day: classes of GB/T 4761 codes, derivation, scope, the chain that proves it.

Pure: no store, no clock. The rules serve the close-relative filing (民发〔2012〕220号 §14; docs/rules.md R18).
"""

from ledger.kinship.codes import (
    CODES_OF,
    INVERSE,
    NATIONAL_SCOPE,
    KinClass,
    class_of,
    is_relation_code,
)
from ledger.kinship.graph import KinGraph
from ledger.kinship.relations import Kinship, StatedRelation, relations_to_head

__all__ = [
    "CODES_OF",
    "INVERSE",
    "NATIONAL_SCOPE",
    "KinClass",
    "KinGraph",
    "Kinship",
    "StatedRelation",
    "class_of",
    "is_relation_code",
    "relations_to_head",
]
