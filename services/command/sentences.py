"""What each event says, as a sentence for a reader; fields that describe a person are left out unless asked for."""

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from shared.contracts import CATALOGUE
from shared.contracts.refusal import PlaceRefusal, Refusal
from shared.kernel.event import Event

_SENTENCES = {
    # doors
    "safeguarding.concern.reported.v1": "{sender} reports a concern under its reference {reference}, told by {source}",
    "safeguarding.concern.duplicate-found.v1": "{decided_by} finds concern {concern_id} reports the same incident as"
    " concern {duplicate_of}",
    "safeguarding.concern.duplicate-taken-back.v1": "{decided_by} finds concerns {concern_id} and {duplicate_of} to be"
    " of separate incidents after all",
    "safeguarding.concern.withdrawal-decided.v1": "{decided_by} withdraws concern {concern_id}: {reason}",
    "safeguarding.concern.withdrawal-taken-back.v1": "{decided_by} takes back the withdrawal of concern {concern_id}:"
    " {reason}",
    "safeguarding.adult.found-one.v1": "{decided_by} finds adults {adult_id} and {other_adult_id} to be one person:"
    " {grounds} (merge {merge_id})",
    "safeguarding.adult.found-different.v1": "{decided_by} takes back merge {merge_id}, the adults being two people:"
    " {grounds}",
    "safeguarding.triage.decided.v1": "{decided_by} decides concern {concern_id}: {decision}",
    "safeguarding.triage.approved.v1": "{approved_by} approves the decision on concern {concern_id}",
    "safeguarding.triage.screening-recorded.v1": "{screened_by} has looked at concern {concern_id}: urgent {urgent},"
    " safe now {safe_now}",
    "safeguarding.triage.reroute-decided.v1": "{decided_by} hands concern {concern_id} to {team}: {reason}",
    "safeguarding.triage.authority-answered.v1": "{recorded_by} records what the other authority says of concern"
    " {concern_id}: taken {accepted}",
    "safeguarding.triage.feedback-given.v1": "{given_by} records whether the referrer of concern {concern_id} was told:"
    " {told}",
    "safeguarding.enquiry.outcomes-asked.v1": "{recorded_by} records, for enquiry {enquiry_id}, what the adult wants:"
    " {answer}",
    "safeguarding.enquiry.outcomes-assessed.v1": "{recorded_by} records, for enquiry {enquiry_id}, what was achieved",
    "safeguarding.enquiry.closure-proposed.v1": "{proposed_by} proposes to close enquiry {enquiry_id}: {reason}",
    "safeguarding.enquiry.closure-approved.v1": "{approved_by} approves closing enquiry {enquiry_id}",
    "safeguarding.enquiry.planning-held.v1": "{recorded_by} records that enquiry {enquiry_id} was planned with those"
    " concerned, the adult taking part: {adult_took_part}",
    "safeguarding.enquiry.plan-made.v1": "{made_by} makes safeguarding plan {plan_id} for enquiry {enquiry_id}",
    "safeguarding.enquiry.plan-approved.v1": "{approved_by} approves safeguarding plan {plan_id} of enquiry"
    " {enquiry_id}",
    "safeguarding.enquiry.plan-action-ended.v1": "{recorded_by} ends action {action_id} of safeguarding plan"
    " {plan_id}, done: {done}",
    "safeguarding.enquiry.capacity-assessed.v1": "{assessed_by} records, for enquiry {enquiry_id}, capacity to decide"
    " {matter}: {capacity}",
    "safeguarding.enquiry.advocacy-recorded.v1": "{recorded_by} records who supports the adult in enquiry"
    " {enquiry_id}: {support} (advocate: {take_up})",
    "safeguarding.enquiry.risk-assessed.v1": "{assessed_by} records what enquiry {enquiry_id} found of risk:"
    " {assessment}",
    "safeguarding.enquiry.risk-outcome-recorded.v1": "{recorded_by} records what became of the risk in enquiry"
    " {enquiry_id}: {outcome} (the adult's choice: {adults_choice})",
    "safeguarding.enquiry.lead-officer-reported.v1": "{reported_by} reports on enquiry {enquiry_id}, further action:"
    " {further_action}",
    "safeguarding.enquiry.closure-returned.v1": "{returned_by} returns the proposal to close enquiry {enquiry_id}:"
    " {reason}",
    "safeguarding.enquiry.reopening-decided.v1": "{decided_by} reopens enquiry {enquiry_id}: {reason}",
    "safeguarding.enquiry.lead-officer-assigned.v1": "{assigned_by} assigns enquiry {enquiry_id} to {officer} of"
    " {team}",
    "safeguarding.enquiry.caused.v1": "{caused_by} causes a {body} to make enquiries for enquiry {enquiry_id}, due on"
    " {due_on}",
    "safeguarding.enquiry.caused-chased.v1": "{chased_by} chases what was caused elsewhere for enquiry {enquiry_id}",
    "safeguarding.enquiry.caused-returned.v1": "{recorded_by} records an answer from elsewhere for enquiry"
    " {enquiry_id}, satisfactory: {satisfactory}",
    "safeguarding.enquiry.suspended.v1": "{suspended_by} suspends work on enquiry {enquiry_id}: {reason}",
    "safeguarding.enquiry.resumed.v1": "{resumed_by} resumes work on enquiry {enquiry_id}",
    "safeguarding.enquiry.referral-made.v1": "{referred_by} refers the matter of enquiry {enquiry_id} to {to}",
    "safeguarding.enquiry.referral-answered.v1": "{recorded_by} records the answer to a referral from enquiry"
    " {enquiry_id}: {answer}",
    "safeguarding.enquiry.death-recorded.v1": "{recorded_by} records that the adult of enquiry {enquiry_id} has died",
    "safeguarding.audit.repeat-reviewed.v1": "{reviewed_by} has done repeat review {review_id}: {safety_planning}",
    "safeguarding.audit.drift-reviewed.v1": "{reviewed_by} has looked at {open_id}, open because {reason_open};"
    " next look {next_look}",
    "safeguarding.clock.ticked.v1": "the driven clock stands at {now}, step {step}",
    # intake
    "safeguarding.concern.report-accepted.v1": "report {reference} of {sender} is accepted as concern {concern_id}",
    "safeguarding.concern.received.v1": "concern {concern_id} about adult {adult_id} was received at {received_at}",
    "safeguarding.concern.linked-as-duplicate.v1": "concern {concern_id} reports the same incident as concern"
    " {duplicate_of}",
    "safeguarding.adult.possibly-duplicated.v1": "adults {adult_id} and {other_adult_id} may be one person: somebody"
    " must say (concern {concern_id})",
    "safeguarding.concern.unlinked.v1": "concerns {concern_id} and {duplicate_of} are of separate incidents after all",
    "safeguarding.concern.withdrawn.v1": "concern {concern_id} is withdrawn and counts no more: {reason}",
    "safeguarding.concern.reinstated.v1": "the withdrawal of concern {concern_id} is taken back, it counts again:"
    " {reason}",
    "safeguarding.adult.merged.v1": "adults {adult_id} and {other_adult_id} are one person (merge {merge_id})",
    "safeguarding.adult.unmerged.v1": "adults {adult_id} and {other_adult_id} are two people after all (merge"
    " {merge_id} taken back)",
    # triage
    "safeguarding.concern.routed.v1": "concern {concern_id} is with {team} by the rule {rule}",
    "safeguarding.concern.triaged.v1": "concern {concern_id} is decided: {decision} ({decided_by}, approved by"
    " {approved_by})",
    "safeguarding.concern.converted.v1": "concern {concern_id} converts to Section 42 enquiry {enquiry_id}, started at"
    " {decided_at}",
    "safeguarding.concern.screened.v1": "concern {concern_id} was looked at by {screened_by}: urgent {urgent}, with the"
    " emergency duty team {emergency_duty}",
    "safeguarding.concern.rerouted.v1": "concern {concern_id} was handed from {from_team} to {team}: {reason}",
    "safeguarding.concern.sent-to-authority.v1": "concern {concern_id} is sent to {authority}, which has yet to answer",
    "safeguarding.concern.authority-answered.v1": "{authority} has answered on concern {concern_id}: taken {accepted}",
    "safeguarding.concern.referrer-told.v1": "the referrer of concern {concern_id} was told what became of it: {told}",
    "safeguarding.concern.other-enquiry-started.v1": "concern {concern_id} leads to other safeguarding enquiry"
    " {enquiry_id}, started at {decided_at}",
    "safeguarding.concern.conversion-taken-back.v1": "enquiry {enquiry_id} of concern {concern_id} is taken back by"
    " decision {decision_id}",
    # enquiry
    "safeguarding.enquiry.opened.v1": "enquiry {enquiry_id} about adult {adult_id} is open since {started_at}, from"
    " concern {concern_id}",
    "safeguarding.enquiry.withdrawn.v1": "enquiry {enquiry_id} about adult {adult_id} is withdrawn: its decision was"
    " corrected",
    "safeguarding.enquiry.work-without-enquiry.v1": "work for enquiry {enquiry_id} has been recorded since"
    " {first_recorded_at}, and no enquiry is open",
    "safeguarding.enquiry.assigned.v1": "enquiry {enquiry_id} is with {officer} of {team}",
    "safeguarding.enquiry.caused-elsewhere.v1": "enquiry {enquiry_id}: a {body} is caused to make enquiries, due on"
    " {due_on}",
    "safeguarding.enquiry.caused-chase-noted.v1": "enquiry {enquiry_id}: what was caused elsewhere is chased by"
    " {chased_by}",
    "safeguarding.enquiry.caused-return-noted.v1": "enquiry {enquiry_id}: an answer came from elsewhere, satisfactory:"
    " {satisfactory}",
    "safeguarding.enquiry.caused-overdue.v1": "enquiry {enquiry_id}: what was caused elsewhere ({cause_id}) is overdue"
    " since {due_at}",
    "safeguarding.enquiry.suspension-noted.v1": "enquiry {enquiry_id} is suspended: {reason}",
    "safeguarding.enquiry.resumption-noted.v1": "enquiry {enquiry_id} is resumed by {resumed_by}",
    "safeguarding.enquiry.referral-noted.v1": "enquiry {enquiry_id}: the matter is referred to {to}, which goes first:"
    " {goes_first}",
    "safeguarding.enquiry.referral-answer-noted.v1": "enquiry {enquiry_id}: a referral is answered: {answer}",
    "safeguarding.enquiry.death-noted.v1": "enquiry {enquiry_id}: the adult has died; a Safeguarding Adults Review is"
    " considered: {review_considered}",
    "safeguarding.enquiry.closure-proposal-noted.v1": "enquiry {enquiry_id}: {proposed_by} proposes to close it:"
    " {reason}",
    "safeguarding.enquiry.closure-return-noted.v1": "enquiry {enquiry_id}: {returned_by} returns the proposal to close"
    " it: {reason}",
    "safeguarding.enquiry.reopened.v1": "enquiry {enquiry_id} is reopened by {decided_by}: {reason}",
    "safeguarding.enquiry.concluded.v1": "enquiry {enquiry_id} is concluded: {reason} (asked: {asked}, achieved:"
    " {achieved})",
    "safeguarding.enquiry.planning-noted.v1": "enquiry {enquiry_id} was planned with those concerned",
    "safeguarding.enquiry.plan-noted.v1": "enquiry {enquiry_id} has a safeguarding plan that awaits approval",
    "safeguarding.enquiry.plan-approval-noted.v1": "a safeguarding plan of enquiry {enquiry_id} is approved",
    "safeguarding.enquiry.plan-action-noted.v1": "an action of a safeguarding plan of enquiry {enquiry_id} has ended",
    "safeguarding.enquiry.capacity-noted.v1": "enquiry {enquiry_id}: the capacity of adult {adult_id} to make one"
    " decision was assessed",
    "safeguarding.enquiry.advocacy-noted.v1": "enquiry {enquiry_id}: who supports adult {adult_id} was recorded",
    "safeguarding.enquiry.risk-noted.v1": "enquiry {enquiry_id}: what was found of risk was recorded",
    "safeguarding.enquiry.risk-outcome-noted.v1": "enquiry {enquiry_id}: what became of the risk was recorded",
    "safeguarding.enquiry.report-noted.v1": "the lead enquiry officer has reported on enquiry {enquiry_id}",
    "safeguarding.msp.asked.v1": "enquiry {enquiry_id}: asked what the adult wants: {answer}",
    "safeguarding.msp.achieved.v1": "enquiry {enquiry_id}: what the adult wanted is achieved: {overall}",
    # audit
    "safeguarding.audit.repeat-review-opened.v1": "a repeat review {review_id} is open for adult {adult_id}: concern"
    " {concern_id} is more than three separate ones between {window_after} and {window_to}",
    "safeguarding.audit.repeat-concern-joined.v1": "concern {concern_id} joins repeat review {review_id} of adult"
    " {adult_id}",
    "safeguarding.audit.repeat-review-withdrawn.v1": "repeat review {review_id} of adult {adult_id} is withdrawn:"
    " what it counted was not separate",
    "safeguarding.audit.repeat-review-done.v1": "repeat review {review_id} of adult {adult_id} is done by"
    " {reviewed_by}: {safety_planning}",
    "safeguarding.audit.drift-flagged.v1": "{kind} {open_id} of adult {adult_id} has been open since {started_at}:"
    " look {look} for the coordinator",
    "safeguarding.audit.drift-ended.v1": "{kind} {open_id} of adult {adult_id} is no longer flagged: {ending}",
    "safeguarding.audit.drift-looked-at.v1": "{reviewed_by} looked at {kind} {open_id}, open because {reason_open};"
    " next look {next_look}",
    "safeguarding.audit.decision-overdue.v1": "concern {concern_id} of adult {adult_id}, received at {received_at}, has"
    " passed its target of {due_at} and is not decided",
    "safeguarding.audit.decision-overdue-ended.v1": "concern {concern_id} of adult {adult_id} is no longer overdue"
    " for a decision: {ending}",
    "safeguarding.audit.enquiry-work-at-concern-stage.v1": "enquiry {enquiry_id} is worked on since {first_recorded_at}"
    " and has not been opened",
    "safeguarding.audit.enquiry-work-at-concern-stage-ended.v1": "enquiry {enquiry_id} is opened, as its work asked:"
    " {ending}",
    "safeguarding.audit.advocacy-gap-found.v1": "adult {adult_id} of enquiry {enquiry_id} lacks capacity since {since},"
    " and no advocate is on record: {gap}",
    "safeguarding.audit.advocacy-gap-ended.v1": "adult {adult_id} of enquiry {enquiry_id} no longer lacks an advocate:"
    " {ending}",
    "safeguarding.audit.data-quality-flagged.v1": "the record of {about}, of adult {adult_id}, is not as it should be:"
    " {flag}",
    "safeguarding.audit.data-quality-cleared.v1": "the record of {about}, of adult {adult_id}, is put right: {flag}",
}
_REFUSAL = "refused {refused_type} {refused_id} from {refused_source}, about {about}: {reasons}"
_PLACE_REFUSAL = "refused the record at {place}, which says not even which event it is: {reasons}"


def sentence(event_type: str, fields: Mapping[str, Any], *, all_fields: bool) -> str:
    """What an event says, from the fields that may be shown; every field where there is no sentence for its type."""
    template = _SENTENCES.get(event_type) or _refusal(CATALOGUE.get(event_type))
    if template is None or all_fields:
        said = ", ".join(f"{name}={_plain(value)}" for name, value in fields.items())
        return f"{event_type}: {said}"
    recorded = fields.get("record")
    told = {**recorded, **fields} if isinstance(recorded, Mapping) else fields
    return template.format_map(defaultdict(lambda: "not recorded", {k: _plain(v) for k, v in told.items()}))


def _refusal(declared: type[Event] | None) -> str | None:
    """What every refusal says, whoever states it."""
    kinds = (PlaceRefusal, _PLACE_REFUSAL), (Refusal, _REFUSAL)
    return next((said for kind, said in kinds if issubclass(declared or Event, kind)), None)


def shown(event_type: str, fields: Any) -> Any:
    """The fields that identify or describe nobody: those the contract declares and does not mark as personal."""
    declared = CATALOGUE.get(event_type)
    if declared is None:
        return {}
    schema = _schema(declared)
    return _shown(schema, schema.get("$defs", {}), fields)


@lru_cache
def _schema(declared: type[Event]) -> dict[str, Any]:
    return declared.model_json_schema()


def _shown(schema: Mapping[str, Any], definitions: Mapping[str, Any], value: Any) -> Any:
    """A value without what its schema does not declare or marks; None stands for what may not be shown."""
    if "$ref" in schema:
        return _shown(definitions[schema["$ref"].rpartition("/")[2]], definitions, value)
    if value is None or _personal(schema):
        return None
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option.get("type") != "null"]
        return _shown(options[0], definitions, value) if len(options) == 1 else None
    if isinstance(value, dict):
        declared = schema.get("properties", {})
        kept = {name: _shown(declared[name], definitions, part) for name, part in value.items() if name in declared}
        return {name: part for name, part in kept.items() if part is not None}
    if isinstance(value, list):
        parts = (_shown(schema.get("items", {}), definitions, each) for each in value)
        return [part for part in parts if part is not None]
    return value


def _personal(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("x-personal")) or any(option.get("x-personal") for option in schema.get("anyOf", ()))


def _plain(value: Any) -> str:
    match value:
        case None:
            return "not recorded"
        case bool():
            return "yes" if value else "no"
        case list():
            return "; ".join(_plain(each) for each in value)
        case {"says": says}:
            return str(says)
        case dict():
            return ", ".join(f"{name}={_plain(part)}" for name, part in value.items())
        case _:
            return str(value)
