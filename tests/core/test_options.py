"""Options of sources: a misspelt word or a value of another kind is told, never passed over."""

import pytest

from citiesforall.core.options import KINDS, SAID, option_faults


@pytest.mark.parametrize(
    ("role", "options", "said"),
    [
        ("people", {"scael": 2}, "options.scael: this word is not known. Did you mean 'scale'?"),
        ("people", {"scale": "2"}, "options.scale: '2' is not a finite number. Mend it."),
        ("people", {"scale": True}, "options.scale: True is not a finite number. Mend it."),
        ("people", {"band": -1}, "options.band: -1 is not a whole number from 0. Mend it."),
        (
            "transit",
            {"stop_spacing_m": float("inf")},
            "options.stop_spacing_m: inf is not a finite number. Mend it.",
        ),
        ("people", {"nodata": "x"}, "options.nodata: 'x' is not a number. Mend it."),
        ("flood", {"nodata_is_dry": 1}, "options.nodata_is_dry: 1 is not true or false. Mend it."),
        ("transit", {"hours": 6}, "options.hours: 6 is not a list. Mend it."),
        (
            "registers",
            {"header_row": "two"},
            "options.header_row: 'two' is not a whole number from 0. Mend it.",
        ),
    ],
)
def test_what_is_told(role, options, said):
    (fault,) = option_faults(role, options)
    assert fault.startswith(said)


def test_words_of_an_address_and_of_readers_that_check_their_own_pass():
    assert option_faults("people", {"download": "https://a.org/{corner}", "corner": "R6"}) == []
    assert option_faults("people", {"download": "https://a.org/{"}) == []
    assert option_faults("registers", {"whole_from_share": {}}) == []
    assert option_faults("households", {"size_from": "roster"}) == []


def test_every_kind_has_its_words():
    assert set(KINDS.values()) - {""} == set(SAID)
