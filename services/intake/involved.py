"""Who else a concern touches: identities of the provider and of the sources of risk, so that repeats can be found.

An identity says only that two reports name the same one, and is kept nowhere here. When in doubt two stay apart: a
pattern somebody has yet to see can still be found by a person, one made of two people accuses somebody.

What is joined: a provider by its registration reference, whoever sends it, since the register gives each its own; and
by name within one sender, whose own lists spell it alike. A source of risk by that sender's own reference, or by
name, within one sender.

What is not: names across senders, because two homes and two people share a name; a provider known by its reference
in one report and by its name alone in another; a source known by reference and one by name; a source of risk and a
provider, or an adult, who may be the same. Those are findings for a person.
"""

from uuid import UUID

from services.intake.identifying import names_somebody
from services.intake.policy import Policy
from services.intake.texts import canonical
from shared.contracts.doors import AllegedSource, ConcernReported
from shared.kernel.identity import derived


def provider_id_of(report: ConcernReported, policy: Policy) -> UUID | None:
    """The provider a report names, if it names one: "unknown" is what systems send where they know of none."""
    provider = report.provider
    if provider is None:
        return None
    if provider.reference is not None and names_somebody(provider.reference, policy):
        return derived("provider", "registration", provider.reference.casefold())
    if provider.name is not None and names_somebody(name := _alike(provider.name), policy):
        return derived("provider", f"name:{report.sender}", name)
    return None


def source_ids_of(report: ConcernReported, policy: Policy) -> tuple[UUID, ...]:
    """The sources of risk a report names, in the order of its risks, each once."""
    named = (_source_id(report.sender, risk.alleged_source, policy) for risk in report.risks)
    return tuple(dict.fromkeys(source for source in named if source is not None))


def _source_id(sender: str, source: AllegedSource | None, policy: Policy) -> UUID | None:
    if source is None:
        return None
    if source.reference is not None and names_somebody(source.reference, policy):
        return derived("source-of-risk", f"reference:{sender}", source.reference.strip())
    if source.name is not None and names_somebody(name := _alike(source.name), policy):
        return derived("source-of-risk", f"name:{sender}", name)
    return None


def _alike(name: str) -> str:
    """A name as it compares: capitals, spaces and the ways of encoding one letter make no other name of it."""
    return canonical(name).casefold()
