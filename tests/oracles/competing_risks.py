"""Cumulative incidence by R's survival::survfit and Fisher's exact test by fisher.test; needs r-cran-survival. Writes competing_risks.txt
beside this file. competing_risks.R does the work."""

import pathlib
import subprocess

here = pathlib.Path(__file__)
with open(here.with_suffix(".txt"), "w") as output:
    subprocess.run(["Rscript", str(here.with_suffix(".R"))], check=True, stdout=output)
