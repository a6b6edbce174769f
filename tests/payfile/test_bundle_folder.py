"""The bundle folder: whole or absent, unchanged by a second run, never silently another."""

from __future__ import annotations

from pathlib import Path

import pytest
from bundles_made import MakeBundle, MakeContents, names, payment, rendered

from ledger.errors import Failed, IntegrityBroken, Misused
from ledger.payfile import folder as folders
from ledger.payfile.contents import BundleContents
from ledger.payfile.folder import add_approval, add_trust, write_bundle


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Each file's bytes and inode: a file written again has another inode."""
    return {path.name: (path.read_bytes(), path.stat().st_ino) for path in folder.iterdir()}


def test_the_bundle_is_what_was_rendered(tmp_path: Path, make_contents: MakeContents) -> None:
    sums = write_bundle(tmp_path / "2022" / "bundle", make_contents())
    assert {name: data for name, (data, _) in state(tmp_path / "2022" / "bundle").items()} == rendered(
        make_contents()
    )
    assert sums == (tmp_path / "2022" / "bundle" / "SHA256SUMS").read_bytes()
    assert names(tmp_path / "2022") == ["bundle"]
    assert (tmp_path / "2022" / "bundle").stat().st_mode & 0o777 == 0o700


def test_writing_an_approved_bundle_again_changes_nothing(bundle: Path, make_contents: MakeContents) -> None:
    before = state(bundle)
    write_bundle(bundle, make_contents())
    assert state(bundle) == before


def test_what_a_killed_run_left_is_swept_away(tmp_path: Path, make_contents: MakeContents) -> None:
    leftover = tmp_path / ".bundle.writing"
    leftover.mkdir()
    (leftover / "payouts.txt").write_bytes(b"half a fi")
    (leftover / "stranger").write_bytes(b"x")
    write_bundle(tmp_path / "bundle", make_contents())
    assert names(tmp_path) == ["bundle"]
    assert set(state(tmp_path / "bundle")) == set(rendered(make_contents()))


@pytest.mark.parametrize("stop_at", ["_read_back", "flush_folder"])
def test_a_run_stopped_before_the_move_leaves_no_folder_and_can_be_run_again(
    tmp_path: Path, make_contents: MakeContents, monkeypatch: pytest.MonkeyPatch, stop_at: str
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(folders, stop_at, stop)
        with pytest.raises(KeyboardInterrupt):
            write_bundle(tmp_path / "bundle", make_contents())
    assert not (tmp_path / "bundle").exists()
    write_bundle(tmp_path / "bundle", make_contents())
    assert names(tmp_path) == ["bundle"]


def test_a_run_stopped_between_the_moves_of_a_replacement_can_be_run_again(
    tmp_path: Path, bundle: Path, make_contents: MakeContents
) -> None:
    other = make_contents(payments=(payment("C1", 1000),))
    bundle.rename(tmp_path / ".bundle.replaced")
    write_bundle(bundle, other, replace=True)
    assert names(tmp_path) == ["bundle"]


def test_a_disk_that_gives_back_other_bytes_is_found_out(
    tmp_path: Path, make_contents: MakeContents, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = folders._write

    def corrupt(fresh: Path, contents: BundleContents) -> bytes:
        sums = write(fresh, contents)
        path = fresh / "payouts.txt"
        path.write_bytes(path.read_bytes().replace(b"443.00", b"443.01"))
        return sums

    monkeypatch.setattr(folders, "_write", corrupt)
    with pytest.raises(IntegrityBroken):
        write_bundle(tmp_path / "bundle", make_contents())
    assert not (tmp_path / "bundle").exists()


def test_contents_that_changed_while_being_written_are_found_out(
    tmp_path: Path, make_contents: MakeContents, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = make_contents(payments=(payment("C1", 1000),))
    render = folders.render
    monkeypatch.setattr(folders, "render", lambda _, put: render(fewer, put))
    with pytest.raises(IntegrityBroken) as caught:
        write_bundle(tmp_path / "bundle", make_contents())
    assert caught.value.code == "bundle.written"


@pytest.mark.parametrize("damage", ["changed", "missing", "stranger", "link", "is_file"])
def test_a_differing_folder_is_refused_and_replaced_only_on_demand(
    bundle: Path, make_contents: MakeContents, damage: str
) -> None:
    path = bundle / "payouts.txt"
    if damage == "changed":
        path.write_bytes(path.read_bytes() + b" ")
    elif damage == "missing":
        path.unlink()
    elif damage == "stranger":
        (bundle / "note.txt").write_text("x")
    elif damage == "link":
        path.rename(bundle.parent / "elsewhere")
        path.symlink_to(bundle.parent / "elsewhere")
    else:
        bundle.rename(bundle.parent / "elsewhere")
        bundle.write_text("no folder")
    with pytest.raises(IntegrityBroken) as caught:
        write_bundle(bundle, make_contents())
    assert caught.value.code == "bundle.differs"
    write_bundle(bundle, make_contents(), replace=True)
    assert set(state(bundle)) == set(rendered(make_contents()))


def test_replacing_voids_the_approvals(bundle: Path, make_contents: MakeContents) -> None:
    write_bundle(bundle, make_contents(batch_numbers={"agent": 2}), replace=True)
    assert not list(bundle.glob("*.p7s"))


def test_an_approval_needs_a_bundle_a_role_and_one_certificate(bundle: Path, tmp_path: Path) -> None:
    certificate = (bundle / "maker.crt").read_bytes()
    with pytest.raises(Misused):
        add_approval(tmp_path, "maker", b"x", certificate)
    with pytest.raises(Misused):
        add_approval(bundle, "../maker", b"x", certificate)
    with pytest.raises(IntegrityBroken):
        add_approval(bundle, "maker", b"x", certificate + (bundle / "checker.crt").read_bytes())


def test_another_ca_than_the_manifests_is_refused(bundle: Path, old_keys: Path) -> None:
    with pytest.raises(IntegrityBroken) as caught:
        add_trust(bundle, (old_keys / "ca.pem").read_bytes())
    assert caught.value.code == "certificate.fingerprint"


def test_a_month_without_anybody_still_has_a_bundle(
    tmp_path: Path, make_contents: MakeContents, make_bundle: MakeBundle, rehearsal_keys: Path
) -> None:
    nobody: BundleContents = make_contents(payments=(), bookings=(), grain=(), changes=())
    assert (
        (make_bundle(tmp_path / "b", nobody, rehearsal_keys) / "payouts.txt").read_bytes().endswith(b"|0|0.00\r\n")
    )


def test_a_disk_that_fails_is_named(tmp_path: Path, make_contents: MakeContents) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Failed) as caught:
        write_bundle(tmp_path / "file" / "bundle", make_contents())
    assert caught.value.code == "bundle.disk"
