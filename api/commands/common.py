"""What verbs share."""

from rich.console import Console

from api.clock import SystemClock

console = Console()
errors = Console(stderr=True)
clock = SystemClock()
