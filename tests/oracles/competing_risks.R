# Aalen–Johansen cumulative incidence by R's survival::survfit, for src/evaluation/survival/incidence_scores_test.cpp, and Fisher's exact
# test by R's fisher.test, for src/evaluation/fairness_test.cpp.
suppressPackageStartupMessages(library(survival))
time <- c(3, 5, 5, 8, 8, 8, 12, 13, 15, 15, 20, 22, 22, 30, 31, 40)
outcome <- c(1, 2, 1, 0, 1, 2, 2, 1, 0, 1, 1, 2, 0, 1, 0, 2)
horizons <- c(2, 5, 8, 13, 15, 22, 30, 40)
fit <- survfit(Surv(time, factor(outcome, 0:2, c("censored", "event", "competing"))) ~ 1)
cat("incidence", format(summary(fit, times = horizons)$pstate[, 2], digits = 12), "\n")
cat("competing", format(summary(fit, times = horizons)$pstate[, 3], digits = 12), "\n")
for (table in list(c(3, 1, 1, 3), c(120, 80, 90, 110), c(10, 190, 40, 260)))
    cat("fisher", table, format(fisher.test(matrix(table, 2, byrow = TRUE))$p.value, digits = 12), "\n")
