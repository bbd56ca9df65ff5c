"""Files in S3: other machines see what one writes, and errors are sentences of the store."""

import pytest

from store.faults import Owner, owner_of
from store.files.files import Files
from store.files.object_store import FilesAway
from tests.fixtures.cluster.s3 import BUCKET, S3Server


def test_what_one_machine_writes_or_deletes_the_others_see_at_once(s3: S3Server) -> None:
    here, there = (Files(f"s3://{BUCKET}/mazok") for _ in range(2))
    assert there.folders("jobs") == [] and not there.exists("jobs/7/a.png")
    here.write("jobs/7/a.png", b"one")
    assert there.folders("jobs") == ["7"] and there.exists("jobs/7/a.png")
    there.write("jobs/7/a.png", b"two")
    assert here.read("jobs/7/a.png") == b"two"
    assert here.older_than("jobs", -60) == ["jobs/7/a.png"]
    here.delete_file("jobs/7/a.png")
    here.delete_file("jobs/7/a.png")
    assert there.folders("jobs") == []


def test_a_missing_bucket_is_no_missing_file(s3: S3Server) -> None:
    files = Files("s3://elsewhere")
    for attempt in (lambda: files.read("a.png"), lambda: files.write("a.png", b"")):
        with pytest.raises(FilesAway, match=r"bucket of MAZOK_FILES does not exist") as caught:
            attempt()
        assert owner_of(caught.value) is Owner.STORE


def test_a_store_that_is_away_is_not_taken_for_an_empty_one(s3: S3Server) -> None:
    files = Files(f"s3://{BUCKET}")
    files.write("a.png", b"one")
    s3.stop()
    for attempt in (lambda: files.read("a.png"), lambda: files.exists("a.png")):
        with pytest.raises(FilesAway) as caught:
            attempt()
        assert "\n" not in str(caught.value)
    s3.start_again()
    assert files.read("a.png") == b"one"
