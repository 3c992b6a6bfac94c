"""``python -m gram_es`` is ``gram-es``."""

from gram_es.cli import main

main(prog_name="gram-es")
