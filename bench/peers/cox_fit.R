# R's coxph for bench/cox_fit.py: Rscript cox_fit.R FILE ROWS COVARIATES TIES REPEATS. Prints a line of JSON. Two times: of coxph() with its
# formula, and of coxph.fit() alone, which is given a matrix and only fits.
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(TRUE)
rows <- as.integer(arguments[2]); covariates <- as.integer(arguments[3]); ties <- arguments[4]; repeats <- as.integer(arguments[5])
values <- matrix(readBin(arguments[1], "double", rows * (covariates + 2)), ncol = covariates + 2, byrow = TRUE)
x <- values[, -(1:2), drop = FALSE]
colnames(x) <- paste0("x", seq_len(covariates))
y <- Surv(values[, 1], values[, 2])
frame <- data.frame(x)
formula <- as.formula(paste("y ~", paste(colnames(x), collapse = " + ")))
used <- function() sum(proc.time()[c("user.self", "sys.self")])
seconds <- function(f) { begin <- used(); f(); used() - begin }
whole <- replicate(repeats, seconds(function() fit <<- coxph(formula, frame, ties = ties)))
inner <- replicate(repeats, seconds(function() coxph.fit(x, y, NULL, NULL, NULL, coxph.control(), NULL, ties, rownames(x))))
exact <- coxph(formula, frame, ties = ties, control = coxph.control(eps = 1e-13, toler.chol = 1e-14, timefix = FALSE))
cat(sprintf('{"coxph_ms": %.3f, "coxph_fit_ms": %.3f, "version": "%s", "log_likelihood": %.9f, "coefficients": [%s]}\n', median(whole) * 1000,
            median(inner) * 1000, packageVersion("survival"), exact$loglik[2], paste(sprintf("%.15g", coef(exact)), collapse = ", ")))
