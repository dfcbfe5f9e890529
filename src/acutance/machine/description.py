"""The machine that something was measured on."""

import os
import platform
from datetime import date
from pathlib import Path

import torch

from acutance.machine.tuning import matrix_rate


def machine_line() -> str:
    """Processor, cores, its rate of fp32 matrix products, versions and the date."""
    return (
        f"{processor()}, {os.cpu_count()} cores, {matrix_rate(torch.float32):.0f} GFLOP/s fp32 "
        f"({matrix_rate(torch.bfloat16):.0f} bf16), Python {platform.python_version()}, "
        f"PyTorch {torch.__version__}, {date.today().isoformat()}"
    )


def processor() -> str:
    """The processor's name and its widest vectors."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    lines = dict(
        line.split(":", 1) for line in info.read_text().splitlines() if line.count(":") == 1
    )
    fields = {key.strip(): value.strip() for key, value in lines.items()}
    flags = fields.get("flags", "").split()
    widest = next((f for f in ("amx_tile", "avx512f", "avx2") if f in flags), "")
    return f"{fields.get('model name', platform.machine())} ({widest})"
