"""The machine that something was measured on."""

import os
import platform
import time
from datetime import date
from pathlib import Path

import torch


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


def matrix_rate(dtype: torch.dtype, size: int = 2048, repeats: int = 5) -> float:
    """Best rate of a square matrix product, in GFLOP/s."""
    a, b = (torch.randn(size, size).to(dtype) for _ in range(2))
    best = 0.0
    for _ in range(repeats):
        start = time.perf_counter()
        a @ b
        best = max(best, 2e-9 * size**3 / (time.perf_counter() - start))
    return best
