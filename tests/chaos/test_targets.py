"""What reliability means here: each target has its tests, which this table names."""

import pytest

from tests.security.test_checklist import missing

# The target, and for each file of tests the beginnings of their names.
TARGETS: dict[str, dict[str, tuple[str, ...]]] = {
    "kills at random, on one machine and on a cluster": {
        "chaos/test_trial.py": ("test_whatever_is_killed_or_cut",)
    },
    "a kill at every named point": {"chaos/test_points.py": ("test_whatever_dies_at_whichever",)},
    "an engine that sleeps past its lease": {
        "engine/worker/test_dead_or_asleep.py": ("test_14_an_engine_that_wakes",)
    },
    "a job that kills its engine": {
        "engine/worker/test_dead_or_asleep.py": ("test_a_job_that_kills_every_engine",),
        "store/jobs/test_lease.py": ("test_a_dead_engines_job_waits_again_and_the_third",),
    },
    "an update that kills its bot": {
        "chaos/test_points.py": ("test_63_an_update_that_kills_the_bot_five_times",),
        "store/messages/test_inbox.py": ("test_what_was_in_hand_beside_a_deadly_update",),
    },
    "a message that kills its bot": {
        "bot/delivery/test_giving_up.py": ("test_61_a_delivery_that_always_fails_is_given_up",),
        "store/messages/test_outbox.py": ("test_one_delivery_that_was_interrupted",),
    },
    "updates that nobody can read": {"bot/updates/test_inbox.py": ("test_63_what_cannot_be_read",)},
    "random updates": {"bot/test_fuzz.py": ("test_",)},
    "the same update again": {
        "store/messages/test_inbox.py": ("test_the_same_update_again",),
        "store/jobs/test_enqueue.py": ("test_a_redelivered_update_is_the_same_job",),
    },
    "many claimers": {"store/jobs/test_concurrency.py": ("test_many_claimers_get_different",)},
    "races for the last credit and the last place": {
        "store/jobs/test_enqueue.py": ("test_of_fifty_requests_at_once",),
        "store/jobs/test_concurrency.py": ("test_the_queues_limit_is_exact",),
    },
    "fairness": {
        "store/jobs/test_fairness.py": (
            "test_17_a_hundred_jobs_of_one",
            "test_17_at_any_time_twenty_persons",
        )
    },
    "a broken engine beside a healthy one": {
        "engine/worker/test_faults.py": ("test_57_of_twenty_jobs_none_fails",)
    },
    "a full disk": {
        "engine/worker/test_faults.py": ("test_ten_minutes_of_full_disk",),
        "bot/updates/test_outage_notices.py": ("test_62_in_ten_minutes_of_full_disk",),
        "chaos/test_outages.py": ("test_a_disk_that_is_full_under_load",),
    },
    "PostgreSQL and S3 away": {
        "chaos/test_outages.py": ("test_postgresql_away_under_load", "test_files_away_under_load")
    },
    "a database that was deleted or replaced": {
        "store/faults/test_availability.py": (
            "test_a_deleted_database_file_is_an_outage",
            "test_a_database_file_that_was_replaced",
        )
    },
    "another process that holds the lock": {
        "store/database/test_sharing.py": ("test_a_write_waits_for_another_process",),
        "bot/http/test_http_storms.py": ("test_a_lock_of_five_seconds_is_waited_out",),
    },
    "every second call refused with 429": {
        "bot/http/test_http_storms.py": ("test_13_14_though_every_second_call",)
    },
    "an encoder that crashes": {
        "engine/images/test_film_faults.py": ("test_59_every_picture_arrives",)
    },
    "chats without rights": {
        "bot/behaviours/test_rights.py": (
            "test_56_who_cannot_get_the_picture",
            "test_one_refused_preview",
        )
    },
    "refusals by Telegram, and lost answers": {
        "bot/delivery/test_replies.py": ("test_14_a_refusal_survives_a_network_error",),
        "bot/http/test_http.py": (
            "test_13_14_trouble_on_the_way",
            "test_83_a_lost_answer_to_a_send",
        ),
    },
    "pictures that are heavy to decode": {
        "store/files/test_decoding.py": ("test_a_bomb_takes_no_memory",)
    },
    "one bot polls, and another takes over": {
        "store/test_processes.py": (
            "test_one_of_many_gets_a_lease",
            "test_a_process_of_this_host_that_is_gone",
        ),
        "bot/updates/test_polling.py": ("test_only_the_bot_whose_turn_it_is_polls",),
    },
    "previews never follow a result": {
        "store/messages/test_previews.py": ("test_preview_and_result_are_never",)
    },
    "album parts that arrive together": {
        "store/jobs/test_concurrency.py": ("test_pictures_that_arrive_together",)
    },
    "connections of many processes, and a pooler": {
        "store/database/test_postgresql_settings.py": ("test_three_bots_and_four_engines",),
        "chaos/test_pooler.py": ("test_all_of_it_works_behind_a_pooler",),
    },
    "SQLite on two machines": {"store/test_processes.py": ("test_sqlite_on_two_machines",)},
    "earlier tables": {"store/test_migrations.py": ("test_what_was_in_the_first_tables",)},
    "flat memory": {"chaos/test_soak.py": ("test_memory_and_log_stay_flat",)},
    "random lives of jobs": {"store/jobs/test_random_lives.py": ("test_whatever_happens",)},
    "an end within seconds, whatever a step takes": {"engine/worker/test_stop.py": ("test_",)},
    "a backup under load": {"store/maintenance/test_backup.py": ("test_a_backup_under_load",)},
}


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_has_its_tests(target: str) -> None:
    assert missing(TARGETS[target]) == []
