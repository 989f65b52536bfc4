"""What each concluded enquiry comes to: whether the adult was asked, what was achieved, what became of the risk.

The quotas say how many of each in a year; who it is, is drawn. An adult asked is counted once, however many enquiries
about them were concluded in the year.
"""

from collections.abc import Iterable
from random import Random

from deploy.demo.history.courses import Enquiry
from deploy.demo.history.distributions import Shares
from deploy.demo.history.draw import likely, one
from deploy.demo.history.quotas import Quota

_NOT_ASKED: Shares = {"not_asked": 0.55, "dont_know": 0.20, "": 0.25}
_IDENTIFIED: Shares = {"identified_action": 0.92, "identified_no_action": 0.08}
_NOT_IDENTIFIED: Shares = {
    "inconclusive_action": 0.20, "inconclusive_no_action": 0.17, "not_identified_action": 0.18,
    "not_identified_no_action": 0.28, "ceased_at_request": 0.12, "": 0.05,
}  # fmt: skip
"""An empty name is "not recorded". These shares are invented."""
_DIES = 0.035


def answer(rng: Random, enquiries: list[Enquiry], quotas: tuple[Quota, ...]) -> None:
    """Give every enquiry what stands when it is concluded; those that no quota counts are drawn alone."""
    for year, quota in enumerate(quotas):
        concluded = [one for one in enquiries if one.kind == "section_42" and one.ends[0] == year]
        _asked(rng, concluded, quota)
        _risks(rng, concluded, quota)
    for each in enquiries:
        if each.kind == "other" or each.ends[0] in (-1, len(quotas)):
            _alone(rng, each)
    _deaths(rng, enquiries)


def _asked(rng: Random, concluded: list[Enquiry], quota: Quota) -> None:
    adults: dict[object, list[Enquiry]] = {}
    for one_ in concluded:
        adults.setdefault(one_.case.concern.record.group, []).append(one_)
    order = list(adults.values())
    rng.shuffle(order)
    # Whoever has several comes first where that is needed for as many enquiries asked as the quota says.
    most = quota.asked - quota.adults_asked
    several = sorted((own for own in order if len(own) > 1), key=len, reverse=True)
    needed: list[list[Enquiry]] = []
    for own in several:
        if most > 0:
            needed.append(own)
            most -= len(own) - 1
    chosen = {id(own) for own in needed}
    who = [*needed, *(own for own in order if id(own) not in chosen)][: quota.adults_asked]
    asked = [own[0] for own in who]
    further = [each for own in who for each in own[1:]]
    rng.shuffle(further)
    asked += further[: quota.asked - len(asked)]
    rng.shuffle(asked)
    for each, said in zip(
        asked, _in_turn(("expressed", quota.expressed), ("none_expressed", len(asked))), strict=False
    ):
        each.asked = said
    expressed = asked[: quota.expressed]
    rng.shuffle(expressed)
    shares = _in_turn(
        ("fully", quota.achieved_fully), ("partially", quota.achieved_partially), ("not", quota.achieved_not)
    )
    for each, far in zip(expressed, shares, strict=False):
        each.achieved = far
    for each in concluded:
        if each.asked is None:
            each.asked = one(rng, _NOT_ASKED) or None


def _risks(rng: Random, concluded: list[Enquiry], quota: Quota) -> None:
    order = concluded.copy()
    rng.shuffle(order)
    identified = order[: quota.identified]
    shares = _in_turn(
        ("remained", quota.risk_remained), ("reduced", quota.risk_reduced), ("removed", quota.risk_removed)
    )
    for each in identified:
        each.assessment = one(rng, _IDENTIFIED)
    for each, outcome in zip(identified, shares, strict=False):
        each.risk_outcome = outcome
    for each in order[quota.identified :]:
        each.assessment = one(rng, _NOT_IDENTIFIED) or None


def _alone(rng: Random, each: Enquiry) -> None:
    each.asked = one(rng, {"expressed": 0.75, "none_expressed": 0.15, "not_asked": 0.05, "": 0.05}) or None
    if each.asked == "expressed":
        each.achieved = one(rng, {"fully": 0.66, "partially": 0.29, "not": 0.04, "": 0.01}) or None
    if likely(rng, 0.84):
        each.assessment = one(rng, _IDENTIFIED)
        each.risk_outcome = one(rng, {"remained": 0.06, "reduced": 0.65, "removed": 0.28, "": 0.01}) or None
    else:
        each.assessment = one(rng, _NOT_IDENTIFIED) or None


def _deaths(rng: Random, enquiries: list[Enquiry]) -> None:
    """Some adults die while their enquiry goes on; nobody reports them afterwards."""
    last: dict[object, int] = {}
    for each in enquiries:
        last[each.case.concern.known] = each.number
    for each in enquiries:
        known = each.case.concern.known
        if each.concluded is not None and last[known] == each.number and known.last is each.case.concern:
            each.dies = likely(rng, _DIES)


def _in_turn(*parts: tuple[str, int]) -> Iterable[str]:
    return (name for name, number in parts for _ in range(number))
