"""A history in which much went wrong: what was lost, delayed, entered by the wrong person, contradicted, corrected."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deploy.recount.identities import derived

Line = dict[str, Any]
_CODES: dict[str, tuple[Any, ...]] = {
    "answer": ("yes", "no", "expressed", "none_expressed", "not_asked", "accepted", "declined", "ended"),
    "decision": ("s42_met", "not_met", "other_enquiry", "sent_to_other_authority", "duplicate"),
    "outcome": ("remained", "reduced", "removed"),
    "assessment": ("identified_action", "not_identified_action", "inconclusive_action"),
    "capacity": ("has", "lacks", "not_known"),
    "take_up": ("accepted", "declined"),
    "team": ("intake", "hospital", "nowhere"),
    "died_on": ("2023-03-31", "2023-05-01", "2022-01-01"),
    "age_at_death": (64, 65, 80, None),
    "satisfactory": (True, False),
    "accepted": (True, False),
    "done": (True, False),
    "goes_first": (True, False),
}
_LEFT_OUT = ("supersedes", "role", "override", "reason_not_asked", "reason", "due_on", "asked_of", "support")


def mangled(lines: list[Line], seed: int) -> list[Line]:
    """The lines with their mishaps, in the order of their time; the same seed, the same mishaps."""
    rng = Random(seed)
    names = Random(f"names {seed}")
    found = [_misnamed(each, names) for line in lines for each in _mishap(copy.deepcopy(line), rng, lines)]
    return sorted([*found, *_records(lines, rng)], key=lambda line: datetime.fromisoformat(line["time"]))


def _misnamed(line: Line, rng: Random) -> Line:
    """A report whose adult is called otherwise, born on another day, or identified by what identifies nobody."""
    adult = line["data"].get("adult") if isinstance(line["data"], dict) else None
    if not isinstance(adult, dict) or not line["type"].endswith("concern.reported.v1") or rng.random() > 0.25:
        return line
    given, _, family = str(adult.get("name", "Asha Invented")).partition(" ")
    day = str(adult.get("birth_date", "1940-02-01"))
    other = {
        "name": rng.choice((f"{given} Otherwise", f"Bryn {family}", f"{family}, {given}", "unknown", "Bryn Otherwise")),
        "birth_date": rng.choice((f"{day[:4]}-{day[8:]}-{day[5:7]}", f"1931{day[4:]}", "1900-01-01")),
        "person_reference": rng.choice(("1", "unknown male", "#N/A", "0000", "Unknown 2")),
        "nhs_number": rng.choice(("9876543210", "0123456789", "1111111111", "9990000018")),
    }
    chosen = rng.sample(sorted(other), rng.choice((1, 1, 2)))
    said = {name: other[name] for name in chosen if name != "birth_date" or int(other[name][5:7]) <= 12}
    return line | {"data": line["data"] | {"adult": adult | said}}


def later(text: Any, **by: float) -> Any:
    """An instant as it is written, so much later; whatever else is written stays as it is."""
    try:
        return (datetime.fromisoformat(text) + timedelta(**by)).isoformat()
    except (ValueError, TypeError):
        return text


def _mishap(line: Line, rng: Random, lines: list[Line]) -> Iterator[Line]:  # noqa: C901  one case for each mishap
    data = line["data"]
    if not isinstance(data, dict):
        yield line
        return
    chance = rng.random()
    if chance < 0.04:
        return
    if chance < 0.09:
        line["time"] = later(line["time"], days=rng.choice((-30, -3, -1, 1, 30)), minutes=rng.randint(-90, 90))
    elif chance < 0.17:
        by = {"days": rng.choice((-30, -1, 0, 0)), "minutes": rng.randint(-90, 3)}
        data |= {name: later(said, **by) for name, said in data.items() if name.endswith("_at")}
    elif chance < 0.24:
        data |= {name: rng.choice(("SOMEBODY", "somebody")) for name in data if name.endswith("_by")}
    elif chance < 0.28:
        for name in _LEFT_OUT:
            if rng.random() < 0.5:
                data.pop(name, None)
    elif chance < 0.34:
        data |= {name: rng.choice(codes) for name, codes in _CODES.items() if name in data}
    elif chance < 0.37:
        yield _twin(line, rng)
    elif chance < 0.40 and line["type"].endswith("triage.approved.v1"):
        yield from _corrections(line, rng, lines)
    elif chance < 0.50 and line["type"].endswith("closure-approved.v1"):
        yield from _reopened(line, rng)
    yield line


def _twin(line: Line, rng: Random) -> Line:
    """Another record of the same instant that says something else."""
    data = line["data"]
    codes = {
        name: rng.choice(codes) for name, codes in _CODES.items() if name in data and name not in ("decision", "team")
    }
    ids = {name: derived("twin", data[name]) for name in ("capacity_id",) if name in data}
    return line | {"id": f"{line['id']}-twin", "data": data | codes | ids}


def _corrections(line: Line, rng: Random, lines: list[Line]) -> Iterator[Line]:
    """Up to three decisions one after the other, perhaps handed on between them, and perhaps approved."""
    before, at, concern = line["data"].get("decision_id"), line["data"]["approved_at"], line["data"]["concern_id"]
    others = [each["data"] for each in lines if each["type"].endswith("triage.decided.v1") and "limbs" in each["data"]]
    for number in range(rng.randint(1, 3)):
        at = later(at, days=rng.choice((0, 5, 40)), minutes=rng.randint(0, 50))
        decision_id = derived("correction", str(before))
        new = {
            "concern_id": concern,
            "decision_id": decision_id,
            "supersedes": before,
            "decided_by": "w",
            "decided_at": at,
        }
        decided = {
            "type": "safeguarding.triage.decided.v1",
            "time": later(at, minutes=1),
            "data": rng.choice(others) | new,
        }
        yield line | decided | {"id": f"{line['id']}-c{number}"}
        handed = {"concern_id": concern, "team": rng.choice(("intake", "duty")), "reason": "x", "decided_by": "z"}
        handed["decided_at"] = later(at, minutes=rng.choice((-5, 0, 2)))
        rerouted = {"type": "safeguarding.triage.reroute-decided.v1", "time": later(at, minutes=2), "data": handed}
        yield line | rerouted | {"id": f"{line['id']}-r{number}"}
        if rng.random() < 0.8:
            by = {"approved_by": "m", "role": "manager", "approved_at": later(at, minutes=2)}
            approved = {"concern_id": concern, "decision_id": decision_id} | by
            yield line | {"id": f"{line['id']}-a{number}", "time": later(at, minutes=3), "data": approved}
        before = decision_id


def _reopened(line: Line, rng: Random) -> Iterator[Line]:
    """The enquiry is taken up again, and perhaps closed by another proposal."""
    closed, by = line["data"], {"decided_by": "m", "role": "manager", "reason": "x"}
    about = {"enquiry_id": closed["enquiry_id"]}
    at, new = later(closed["approved_at"], days=2), derived("again", closed["closure_id"])
    reopening = about | by | {"reopening_id": new, "closure_id": closed["closure_id"], "decided_at": at}
    yield line | {
        "id": f"{line['id']}-o",
        "type": "safeguarding.enquiry.reopening-decided.v1",
        "time": at,
        "data": reopening,
    }
    proposal = about | {"closure_id": new, "reason": "x", "proposed_by": "p", "proposed_at": at}
    proposal["supersedes"] = closed["closure_id"] if rng.random() < 0.8 else None
    yield line | {
        "id": f"{line['id']}-p",
        "type": "safeguarding.enquiry.closure-proposed.v1",
        "time": at,
        "data": proposal,
    }
    yield line | {"id": f"{line['id']}-e", "time": at, "data": closed | {"closure_id": new, "approved_at": at}}


def _records(lines: list[Line], rng: Random) -> Iterator[Line]:
    """Decisions about records by chance: adults merged and parted, concerns linked, parted, withdrawn and put back."""
    concerns = [
        (derived("concern", data["sender"], data["reference"]), line["time"])
        for line in lines
        if line["type"].endswith("concern.reported.v1") and isinstance(data := line["data"], dict)
        and {"sender", "reference"} <= data.keys()
    ]  # fmt: skip
    for number in range(len(concerns) // 10):
        (one, at), (other, _) = sorted(
            rng.sample(concerns[: len(concerns) // 3], 2), key=lambda each: each[1], reverse=True
        )
        at = later(at, days=rng.randint(0, 9))
        adults = {"adult_id": derived("adult", one), "other_adult_id": derived("adult", other)}
        merge = {"merge_id": derived("merge", str(number)), "grounds": "g"}
        pair, single = (
            {"concern_id": one, "duplicate_of": rng.choice((one, other, other))},
            {"concern_id": one, "reason": "x"},
        )
        kinds = [("adult.found-one", merge | adults), *[("concern.duplicate-found", pair)] * 2,
                 ("concern.duplicate-taken-back", pair), ("adult.found-different", merge),
                 ("concern.withdrawal-decided", single), ("concern.withdrawal-taken-back", single)]  # fmt: skip
        for step, (kind, data) in enumerate(kinds):
            if rng.random() < 0.6:
                when = {"decided_by": "d", "decided_at": later(at, minutes=rng.randint(-10, 3))}
                yield {"specversion": "1.0", "id": f"m{number}-{step}", "source": "/x", "data": data | when,
                       "type": f"safeguarding.{kind}.v1", "time": later(at, minutes=rng.randint(0, 30))}  # fmt: skip
