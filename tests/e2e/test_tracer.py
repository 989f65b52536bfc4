"""The tracer: reports go from CloudEvents on the inbound topic to an entry on an audit topic."""

from tests.support.installation import Installation


async def test_the_fourth_separate_concern_about_an_adult_opens_a_repeat_review(installation: Installation) -> None:
    installation.start_all()
    reports = [
        installation.event(
            "safeguarding.concern.reported.v1",
            {"sender": "wmas", "reference": f"R{n}", "source": "ambulance", "adult": {"person_reference": "P1"}},
        )
        for n in range(4)
    ]
    await installation.post(*reports)
    await installation.settled()

    reviews = await installation.facts("audit.repeat-concerns", "safeguarding.audit.repeat-review-opened.v1")

    assert len(reviews) == 1
    assert len(reviews[0]["counted"]) == 4
