"""Making Safeguarding Personal in the lines: asked at the start and the end, in words like those of seed 003:3625."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from deploy.demo.history.courses import Enquiry
from deploy.demo.history.lines import Book, said
from deploy.demo.history.pace import Pace
from shared.contracts.doors import OutcomesAsked, OutcomesAssessed

_WORDS = (
    "I want to feel safer", "I would like my money back", "I want others to be protected", "I want it to stop",
    "I want to stay in my own home", "I do not want anybody to lose their job over this",
    "I want to choose who helps me",
    "I want somebody to listen", "I would like to see my sister again", "I want to know what was decided",
    "I want to be asked before things are arranged", "I want my key back", "I would like to go out on my own again",
)  # fmt: skip
_REASONS = ("not_safe_to_ask", "could_not_be_reached", "too_unwell", "died_before", "practitioner_did_not_ask")
_FEW_MINUTES = timedelta(minutes=15)


def ask(book: Book, one: Enquiry, pace: Pace, officer: str, early: str | None) -> None:
    """Asked what they want, perhaps again, and how far it was achieved; nothing where nothing was recorded.

    `early` is the concern the work belongs to, where it was done before there was an enquiry.
    """
    if one.asked is None:
        return
    rng = book.rng
    outcomes = [
        {"outcome_id": f"wish-{number}", "words": words}
        for number, words in enumerate(rng.sample(_WORDS, rng.choice((1, 1, 1, 2, 2, 3))), start=1)
    ]
    of = rng.choice(("adult", "adult", "adult", "advocate", "representative"))
    share = rng.uniform(0.01, 0.25)

    def answered(answer: str, moment: str, share: float, late: float = 0.0) -> None:
        at = pace.at(share)
        data: dict[str, Any] = {"enquiry_id": one.enquiry_id, "answer": answer, "asked_at": said(at)}
        if early is not None and moment == "start":
            at = one.started - (one.started - one.case.concern.at) / 4 if book.happens(0.3) else one.started
            at += (one.opened - one.started) / 8
            data |= {"concern_id": early, "asked_at": said(at)}
        data |= _with(answer, of, outcomes, rng.choice(_REASONS))
        if book.happens(0.8):
            data["moment"] = moment
        data["recorded_by"] = officer
        posted = pace.at(share + late) if late else at
        if late == 0 and book.happens(0.006):
            book.add(posted + timedelta(minutes=5), OutcomesAsked, _slip(data))
        book.add(posted + _FEW_MINUTES, OutcomesAsked, data)

    if one.asked == "expressed" and book.happens(0.12):
        answered(rng.choice(("none_expressed", "dont_know")), "start", share / 2)
        answered("expressed", "review", 0.3 + share)
    else:
        # What was asked early and entered weeks later keeps the time at which it was asked.
        answered(one.asked, "start", share, late=0.3 if book.happens(0.06) else 0.0)
    if one.asked in {"expressed", "none_expressed"} and book.happens(0.35):
        answered(one.asked, "end", 0.86)
    if one.achieved is not None:
        _achieved(book, one, pace, officer, [outcome["outcome_id"] for outcome in outcomes], of)


def _with(answer: str, of: str, outcomes: list[dict[str, str]], reason: str) -> dict[str, Any]:
    if answer == "expressed":
        return {"asked_of": of, "outcomes": outcomes}
    if answer == "none_expressed":
        return {"asked_of": of}
    return {"reason_not_asked": reason} if answer == "not_asked" else {}


def _slip(data: dict[str, Any]) -> dict[str, Any]:
    """The same record with something missing, which is answered with what."""
    return {name: value for name, value in data.items() if name not in {"asked_of", "outcomes", "reason_not_asked"}} | {
        "answer": "not_asked"
    }


def _achieved(book: Book, one: Enquiry, pace: Pace, officer: str, wishes: list[str], of: str) -> None:
    far = {"fully": ["fully"] * 3, "partially": ["partially"] * 3, "not": ["not"] * 3}[one.achieved or "not"]
    if one.achieved == "partially" and len(wishes) > 1:
        far = ["fully", *(["partially", "not"] if book.happens(0.5) else ["not", "not"])]
    at = pace.at(0.92)
    data = {
        "enquiry_id": one.enquiry_id,
        "achieved": [{"outcome_id": wish, "achieved": so} for wish, so in zip(wishes, far, strict=False)],
        "asked_of": of,
        "assessed_at": said(at),
        "recorded_by": officer,
    }
    book.add(at + timedelta(minutes=20), OutcomesAssessed, data)
