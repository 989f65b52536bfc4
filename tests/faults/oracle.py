from dataclasses import dataclass, field
from tests.faults.log import Where, read_log
@dataclass
class Findings:
    differences: list[str] = field(default_factory=list)
    allowed: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    sometimes: dict[str, int] = field(default_factory=dict)
async def examine(where: Where, acknowledged: set[str] | None = None) -> Findings:
    log = await read_log(where)
    f = Findings()
    f.counts = {t: len(r) for t, r in log.records.items()}
    f.sometimes = {"duplicates": log.duplicates()}
    return f
