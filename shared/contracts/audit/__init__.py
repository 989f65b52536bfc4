"""What audit states, for the Safeguarding Adults Coordinator: what repeats, what drifts, and what is missing."""

from shared.contracts.audit.drift import *
from shared.contracts.audit.findings import *
from shared.contracts.audit.repeats import *
