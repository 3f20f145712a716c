"""`python -m fynlo` is `fynlo`."""

from fynlo.cli import app

if __name__ == "__main__":
    app(prog_name="fynlo")
