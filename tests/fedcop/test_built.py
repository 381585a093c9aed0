"""Which commit a fedcop is of, read from a checkout as git writes one, without git."""

from __future__ import annotations

from pathlib import Path

from fedcop.built import commit_of

ONE, TWO = "1" * 40, "2" * 40


def test_a_checkout_says_its_commit(tmp_path: Path) -> None:
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    assert commit_of(tmp_path) == ""
    (git / "HEAD").write_text(f"{ONE}\n")
    assert commit_of(tmp_path) == ONE, "without a branch"
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    assert commit_of(tmp_path) == ""
    (git / "packed-refs").write_text(f"# pack-refs\n{TWO} refs/heads/other\n{ONE} refs/heads/main\n")
    assert commit_of(tmp_path) == ONE
    (git / "refs" / "heads" / "main").write_text(f"{TWO}\n")
    assert commit_of(tmp_path) == TWO, "what is packed is older"
    (git / "refs" / "heads" / "main").write_text("no commit")
    assert commit_of(tmp_path) == ""


def test_a_work_tree_of_a_checkout_says_its_own(tmp_path: Path) -> None:
    own = tmp_path / "main" / ".git" / "worktrees" / "side"
    own.mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/side")
    (own / "commondir").write_text("../..\n")
    (tmp_path / "main" / ".git" / "packed-refs").write_text(f"{ONE} refs/heads/side\n")
    (tmp_path / "side").mkdir()
    (tmp_path / "side" / ".git").write_text(f"gitdir: {own}\n")
    assert commit_of(tmp_path / "side") == ONE
    assert commit_of(tmp_path / "nowhere") == ""
