"""The list of risks: each has tests with its concrete bad input, which this table names."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
# The risk, and for each file of tests the beginnings of their names.
RISKS: dict[str, dict[str, tuple[str, ...]]] = {
    "the token in logs": {
        "bot/views/test_texts.py": ("test_45_no_token_reaches_a_log",),
        "bot/requests/test_input_downloader.py": (
            "test_45_an_error_about_a_file_would_be_cleaned",
        ),
    },
    "decompression bombs, false and animated pictures": {
        "security/test_pictures.py": (
            "test_it_is_refused_by_its_flaw",
            "test_of_hundreds_of_frames",
        )
    },
    "huge uploads": {
        "bot/requests/test_input_downloader.py": ("test_3_a_heavy_file_is_declined_before",)
    },
    "weights that run code": {"engine/weights/test_attacks.py": ("test_it_is_refused",)},
    "configurations that run code": {
        "engine/networks/test_vqgan_config.py": ("test_tags_of_yaml_build_nothing",)
    },
    "addresses that are opened": {
        "security/test_addresses.py": ("test_an_address_in_a_message", "test_an_address_is_no_key")
    },
    "ways out of the folder of files": {
        "store/files/test_files.py": ("test_keys_cannot_lead_out",),
        "security/test_files.py": ("test_a_link_is_neither", "test_sweeping_does_not_follow"),
    },
    "false administrators": {
        "bot/handlers/test_admin_commands.py": (
            "test_38_for_others_administrators_commands",
            "test_38_a_forwarded_command",
        )
    },
    "reports that others see": {
        "bot/handlers/test_admin_reports.py": ("test_60_in_a_group_a_report",)
    },
    "forged buttons": {
        "bot/behaviours/test_bad_input.py": ("test_21_stale_and_forged_buttons",),
        "bot/handlers/test_cancel.py": ("test_19_the_cancel_button_obeys",),
    },
    "markup, NUL and control characters": {
        "bot/behaviours/test_bad_input.py": (
            "test_5_messages_of_4096_strange_characters",
            "test_25_a_strange_prompt",
        )
    },
    "forged webhooks": {"bot/updates/test_webhook.py": ("test_nobody_else_can_put_updates_in",)},
    "races for credits, and commands that come twice": {
        "store/jobs/test_enqueue.py": ("test_of_fifty_requests_at_once",),
        "store/users/test_credits.py": ("test_an_order_that_comes_twice",),
    },
    "floods": {
        "bot/behaviours/test_bad_input.py": ("test_40_a_flood_of_small_questions",),
        "security/test_limits.py": ("test_it_cannot_be_paid",),
    },
    "files that others can read": {
        "store/files/test_files.py": ("test_only_the_owner_can_read",),
        "store/maintenance/test_backup.py": ("test_only_its_owner_can_read_a_backup",),
        "security/test_files.py": ("test_a_file_of_secrets",),
    },
    "containers": {
        "security/test_containers.py": (
            "test_the_engine_has_no_token",
            "test_no_container_of_an_engine_gets",
            "test_every_container_of_ours_has_as_few_rights",
            "test_both_images_run_as_a_user",
        )
    },
    "what people want to be forgotten": {
        "bot/handlers/test_forget.py": ("test_forget_removes_words_inputs_and_pictures",)
    },
}


def missing(tests: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the tests that do not exist, of the beginnings of names by file."""
    found = []
    for file, names in tests.items():
        defined = re.findall(r"^(?:async )?def (test_\w+)", (TESTS / file).read_text("utf-8"), re.M)
        found += [
            f"{file}: {name}"
            for name in names
            if not any(test.startswith(name) for test in defined)
        ]
    return found


@pytest.mark.parametrize("risk", RISKS)
def test_every_risk_has_its_tests(risk: str) -> None:
    assert missing(RISKS[risk]) == []
