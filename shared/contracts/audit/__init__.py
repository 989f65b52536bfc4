"""What audit states, for the Safeguarding Adults Coordinator: what repeats, what drifts, and what is missing."""

# fmt: off
# ruff: noqa: I001
from shared.contracts.audit.drift import (DriftEnded, DriftEnding, DriftFlagged, DriftLookedAt, DriftReviewRefused,
    OpenKind, ReviewUnreadable)
from shared.contracts.audit.findings import (AdvocacyGap, AdvocacyGapEnded, AdvocacyGapFound, DataQualityCleared,
    DataQualityFlagged, DecisionOverdue, DecisionOverdueEnded, Ending, EnquiryWorkAtConcernStage,
    EnquiryWorkAtConcernStageEnded)
from shared.contracts.audit.repeats import (Considered, Counted, RepeatConcernJoined, RepeatReviewDone,
    RepeatReviewOpened, RepeatReviewRefused, RepeatReviewWithdrawn)

__all__ = [
    "AdvocacyGap", "AdvocacyGapEnded", "AdvocacyGapFound", "Considered", "Counted", "DataQualityCleared",
    "DataQualityFlagged", "DecisionOverdue", "DecisionOverdueEnded", "DriftEnded", "DriftEnding", "DriftFlagged",
    "DriftLookedAt", "DriftReviewRefused", "Ending", "EnquiryWorkAtConcernStage", "EnquiryWorkAtConcernStageEnded",
    "OpenKind", "RepeatConcernJoined", "RepeatReviewDone", "RepeatReviewOpened", "RepeatReviewRefused",
    "RepeatReviewWithdrawn", "ReviewUnreadable",
]
# fmt: on
