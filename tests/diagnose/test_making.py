"""The diagnosis step: every part in its order, and what is said first."""

from citiesforall.diagnose import making
from citiesforall.diagnose.challenge_headline import headline
from citiesforall.pipeline.diagnosis_findings import diagnosis_findings


def test_parts_are_made_in_order_and_their_notes_kept(monkeypatch, tmp_path):
    made = []

    class Module:
        def __init__(self, name):
            self.name = name

        def __getattr__(self, function):
            def make(given, folder):
                made.append((self.name, function))
                return {
                    "notes": [{"where": function, "what": "w", "kind": "figure"}],
                    "sources": ["s"],
                    "more": function,
                }

            return make

    monkeypatch.setattr(making, "import_module", Module)
    info = making.make_diagnosis(None, tmp_path)
    assert [function for _, function in made] == [
        "make_scores", "make_outlook", "make_cut_off", "make_triggers", "make_challenges",
    ]  # fmt: skip
    assert [note["where"] for note in info["notes"]] == [function for _, function in made]
    assert info["parts"]["outlook"] == {"more": "make_outlook"}


def test_headline_says_the_weakest_beside_the_first():
    parts = {
        "scores": {
            "index": {"weakest": "food", "weakest_chance": 0.8, "worst_place": "C1", "worst_group": "idpoor"}
        },
        "challenges": {"top": [{"challenge": str(n)} for n in range(5)], "unknown": ["debt"]},
    }
    said = headline(parts)
    assert [one["challenge"] for one in said["challenges"]] == ["0", "1", "2"]
    assert (said["weakest_dimension"], said["worst_place"], said["worst_group"]) == ("food", "C1", "idpoor")
    assert (said["unknown"], said["worst_place_chance"]) == (["debt"], None)


def test_findings_say_of_how_many_challenges_the_first_are_the_first():
    one = {"challenge": "debt", "rank": 1.0, "people": 28_240.0, "where": ["C1"], "chance_top3": 0.44}
    unknown = ["poverty", "work"]
    first = {"challenges": [one], "unknown": unknown, "common": 27}
    lines = diagnosis_findings({"headline": first, "parts": {}}, {"C1": "Riverside"})
    assert lines[0] == (
        "What presses most, of the 25 of 27 common challenges that could be judged (severity, people and what people say, "
        "weighed alike):"
    )
    assert lines[1].endswith("28,200 people; among the first three in 44% of runs; worst in Riverside")


def test_headline_of_nothing():
    assert headline({})["challenges"] == []
