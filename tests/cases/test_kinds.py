"""Where each kind of trouble is tested that people tell of with programs such as this one."""

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

KINDS = {
    "Telegram is reached through a proxy only": (
        "bot/check/test_check.py::test_a_proxy_that_works_is_named_without_its_password"
    ),
    "models are reached through a proxy only": (
        "engine/downloads/test_proxies.py::test_a_model_is_fetched_through_the_proxy"
    ),
    "the proxy wants another password": (
        "engine/downloads/test_proxies.py::test_another_password_is_asked_for"
    ),
    "the Bot API server is one's own and names files on its disk": (
        "bot/requests/test_sent_files.py::test_a_file_is_read_from_the_servers_disk"
    ),
    "Windows has no signals in the loop, no locks by fcntl, no nice": (
        "store/system/test_operating_system.py::test_windows_runs_both_programs_until_a_signal"
    ),
    "the token has a webhook of an earlier program": (
        "bot/updates/test_polling.py::test_a_webhook_that_was_left_behind_is_removed_and_told"
    ),
    "ffmpeg is missing or fails": (
        "engine/images/test_film_faults.py"
        "::test_a_real_encoder_that_is_missing_or_fails_costs_no_picture"
    ),
    "a CLIP comes as an archive of TorchScript": (
        "engine/weights/test_torchscript.py::test_the_tensors_are_those_that_torch_reads"
    ),
    "a CLIP comes from transformers or from a training": (
        "engine/weights/test_clip_forms.py::test_a_folder_of_transformers"
    ),
    "a VQGAN stands inside another model's checkpoint": (
        "engine/weights/test_recognise.py::test_a_vqgan_is_found_wherever_it_stands"
    ),
    "a file is another model, or none": (
        "engine/weights/test_recognise.py::test_another_model_is_told_by_what_it_is"
    ),
    "settings are quoted, commented or in an editor's encoding": (
        "test_settings.py::test_a_file_is_read_in_whatever_encoding_an_editor_wrote"
    ),
    "the GPU is Apple's": "engine/test_device.py::test_auto_takes_the_first_gpu_that_computes",
    "the GPU is too old for the installed torch": (
        "engine/test_device.py::test_a_card_that_torch_was_not_built_for_is_refused_by_its_name"
    ),
    "a colon in the prompt is a time, a proportion or a title": (
        "store/request/test_prompt.py::test_a_last_number_is_a_weight"
    ),
    "the volume belongs to another user": (
        "bot/check/test_check.py"
        "::test_a_folder_of_somebody_else_ends_the_bot_before_it_calls_telegram"
    ),
    "Telegram does not take the picture as a photo": (
        "bot/behaviours/test_refusals.py"
        "::test_31_a_picture_that_is_no_photo_for_telegram_comes_as_a_file"
    ),
    "Telegram answers with an error of its server": (
        "bot/delivery/test_outcomes.py::test_other_errors_are_classified_by_their_class"
    ),
    "Telegram asks to wait": (
        "bot/delivery/test_rate_limit.py::test_13_while_telegram_makes_us_wait_the_painting_goes_on"
    ),
    "the text is longer than CLIP reads": (
        "engine/guides/test_clip.py::test_a_text_longer_than_the_context_is_cut"
    ),
    "a picture has a name that is no .png": (
        "engine/cli/test_arguments.py::test_what_is_wrong_is_one_line_and_nothing_is_painted"
    ),
    "a picture is larger than the memory": (
        "engine/painting/test_memory_budget.py"
        "::test_too_large_names_the_largest_size_of_the_same_shape"
    ),
    "a side is no whole number of cells": (
        "engine/painting/test_scenes.py::test_each_side_is_rounded_to_whole_cells_and_that_is_said"
    ),
    "models have the names of the notebooks": (
        "engine/registry/test_aliases.py::test_a_vqgan_has_other_names"
    ),
    "a known model is not on the disk": (
        "engine/registry/test_aliases.py::test_what_is_known_but_absent_ends_with_what_brings_it"
    ),
    "a server without a GPU needs no CUDA": (
        "test_deployment.py::test_each_profile_has_one_bot_and_an_engine"
    ),
    "an extra is added to an install without CUDA": (
        "test_deployment.py::test_an_extra_that_is_added_later_keeps_the_torch_that_is_there"
    ),
    "an address ends with a slash or a blank": (
        "test_settings.py::test_what_docker_hands_over_is_understood"
    ),
    "the token is withdrawn while the bot runs": (
        "bot/updates/test_polling.py::test_a_withdrawn_token_is_noticed"
    ),
    "a bot for friends is found by strangers": (
        "bot/http/test_http_access.py::test_51_only_those_on_the_list_are_served_and_the_owner_always"
    ),
    "a video is given to be painted over": "engine/cli/test_typing.py::test_a_video_is_called_one",
    "a request to Telegram is never answered": (
        "cases/test_reach.py::test_a_request_that_nobody_answers_is_followed_by_the_next"
    ),
    "the host has IPv6 alone, or one that leads nowhere": (
        "cases/test_reach.py::test_an_ipv6_that_leads_nowhere_does_not_hold_the_bot_up"
    ),
}


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    found = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, found))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_test(kind: str) -> None:
    file, _, name = KINDS[kind].partition("::")
    assert name in _functions(TESTS / file)
