"""Cox models, residuals, tests of proportionality and product-limit estimates by R's survival package (3.5.3 of Debian 12), elastic
nets by glmnet (4.1.6); needs r-cran-survival and r-cran-glmnet. Writes cox_fit.json beside this file; with
$QUOIN_DATA also coefficients on public data. cox_fit.R does the work."""

import os
import pathlib
import subprocess

here = pathlib.Path(__file__)
command = ["Rscript", str(here.with_suffix(".R")), str(here.with_suffix(".json"))]
if "QUOIN_DATA" in os.environ:
    command.append(os.path.join(os.environ["QUOIN_DATA"], "survival"))
subprocess.run(command, check=True)
