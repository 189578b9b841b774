# Cox models by R's packages survival and glmnet, for cox_fit.py: Rscript cox_fit.R OUTPUT [FOLDER]. Small made-up rows with many ties, and, with
# FOLDER (of data), public data sets. Prints the version that answered.
suppressPackageStartupMessages({ library(survival); library(glmnet) })

json <- function(x) {
  if (is.list(x)) {
    parts <- vapply(x, json, "")
    if (!is.null(names(x))) return(paste0("{", paste0('"', names(x), '": ', parts, collapse = ", "), "}"))
    return(paste0("[", paste(parts, collapse = ", "), "]"))
  }
  one <- function(v) {
    if (is.na(v)) return("null")
    if (is.logical(v)) return(if (v) "true" else "false")
    if (is.character(v)) paste0('"', v, '"') else sprintf("%.17g", v)
  }
  if (length(x) == 1 && is.null(attr(x, "many"))) return(one(x))
  paste0("[", paste(vapply(unname(x), one, ""), collapse = ", "), "]")
}
many <- function(x) structure(as.vector(x), many = TRUE)
control <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 60, timefix = FALSE)

fitted_case <- function(name, formula, data, ties, weights = NULL, deep = TRUE) {
  environment(formula) <- environment()  # later calls look the data up there
  data$case_weight <- if (is.null(weights)) rep(1, nrow(data)) else weights
  fit <- if (is.null(weights)) coxph(formula, data, ties = ties, control = control, x = TRUE, y = TRUE)
         else coxph(formula, data, ties = ties, control = control, weights = case_weight, robust = FALSE, x = TRUE, y = TRUE)
  s <- summary(fit)
  result <- list(name = name, ties = ties, coefficients = many(coef(fit)), errors = many(sqrt(diag(fit$var))), likelihoods = many(fit$loglik),
                 likelihood_ratio = unname(s$logtest[1]), wald = unname(fit$wald.test), score = unname(fit$score), degrees = unname(s$logtest[2]),
                 concordance = unname(s$concordance[1]), concordance_error = unname(s$concordance[2]))
  if (!deep) return(result)
  base <- basehaz(fit, centered = FALSE)
  result$baseline_times <- many(base$time)
  result$baseline <- many(base$hazard)
  result$martingale <- many(residuals(fit, "martingale"))
  result$schoenfeld <- many(t(as.matrix(residuals(fit, "schoenfeld"))))
  result$proportionality <- lapply(c("km", "identity", "rank", "log"), function(transform) {
    z <- cox.zph(fit, transform = transform, terms = FALSE)
    list(transform = transform, statistics = many(z$table[, "chisq"]), p_values = many(z$table[, "p"]))
  })
  result
}

set.seed(20)
n <- 70
rows <- data.frame(x1 = round(rnorm(n), 3), x2 = rbinom(n, 1, 0.4), x3 = round(runif(n, 100, 500), 1), group = sample(0:2, n, TRUE))
rows$start <- sample(0:4, n, TRUE)
rows$stop <- rows$start + ceiling(rexp(n, 0.15 * exp(0.5 * rows$x1 - 0.4 * rows$x2)))
rows$stop <- pmin(rows$stop, 18)
rows$stop <- pmax(rows$stop, rows$start + 1)
rows$event <- rbinom(n, 1, 0.75)
rows$weight <- round(runif(n, 0.3, 3), 2)
# A subject whose x2 changes half-way is two rows.
changing <- do.call(rbind, lapply(seq_len(n), function(i) {
  r <- rows[i, ]
  r$start <- 0
  middle <- floor(r$stop / 2)
  if (middle < 1 || r$stop < 4) return(r)
  first <- r; first$stop <- middle; first$event <- 0
  second <- r; second$start <- middle; second$x2 <- 1 - r$x2
  rbind(first, second)
}))

cases <- list()
for (ties in c("efron", "breslow")) {
  x <- "x1 + x2 + x3"
  f <- function(left, extra = "") as.formula(paste0(left, " ~ ", x, extra))
  right <- "Surv(stop, event)"; counting <- "Surv(start, stop, event)"
  cases <- c(cases, list(
    fitted_case("plain", f(right), rows, ties),
    fitted_case("weighted", f(right), rows, ties, rows$weight),
    fitted_case("stratified", f(right, " + strata(group)"), rows, ties),
    fitted_case("truncated", f(counting), rows, ties),
    fitted_case("everything", f(counting, " + strata(group)"), rows, ties, rows$weight),
    fitted_case("changing", f(counting), changing, ties)))
}

# Aliased: x3 is a combination of the others; separated: whoever has x2 fails first.
odd <- data.frame(x1 = rows$x1, x2 = rows$x2, x3 = 2 * rows$x1 - rows$x2 + 1, stop = rows$stop, event = rows$event)
aliased <- suppressWarnings(coxph(Surv(stop, event) ~ x1 + x2 + x3, odd, eps = 1e-11))  # a sharper toler.chol does not see it
apart <- rows
apart$stop <- ifelse(apart$x2 == 1, 1 + (seq_len(n) %% 5), 10 + (seq_len(n) %% 7))
warned <- NULL
separated <- withCallingHandlers(coxph(Surv(stop, event) ~ x1 + x2, apart),
                                 warning = function(w) { warned <<- conditionMessage(w); invokeRestart("muffleWarning") })

columns <- function(d) list(x = many(t(as.matrix(d[, c("x1", "x2", "x3")]))), start = many(d$start), stop = many(d$stop), event = many(d$event),
                            group = many(d$group), weight = many(d$weight))
curve <- survfit(coxph(Surv(stop, event) ~ x1 + x2 + x3, rows, control = control), newdata = data.frame(x1 = 0.7, x2 = 1, x3 = 240))
plain <- survfit(Surv(stop, event) ~ 1, rows)
weighted <- survfit(Surv(stop, event) ~ 1, rows, weights = weight)
truncated <- survfit(Surv(start, stop, event) ~ 1, rows)
estimate <- function(s) list(times = many(s$time), survival = many(s$surv), error = many(s$std.err * s$surv), lower = many(s$lower), upper = many(s$upper),
                             cumulative = many(s$cumhaz), cumulative_error = many(s$std.chaz), at_risk = many(s$n.risk), events = many(s$n.event),
                             quantiles = many(quantile(s, c(0.1, 0.25, 0.5), conf.int = FALSE)),
                             mean = unname(summary(s, rmean = 15)$table["rmean"]))
# Elastic nets: glmnet's answers for Breslow's rule, which is the only one it has.
invisible(glmnet.control(epsnr = 1e-14, mxitnr = 2000))
path_of <- function(name, y, alpha, weights = rep(1, n)) {
  x <- as.matrix(cbind(rows[, c("x1", "x2", "x3")], x4 = round(rows$x1 + cos(seq_len(n)), 3), x5 = round(sin(seq_len(n)), 3)))
  first <- glmnet(x, y, family = "cox", alpha = alpha, weights = weights, nlambda = 5)
  strengths <- first$lambda[1] * c(0.9, 0.4, 0.1, 0.02)
  fit <- glmnet(x, y, family = "cox", alpha = alpha, weights = weights, lambda = strengths, thresh = 1e-15, maxit = 1e6)
  list(name = name, l1_ratio = alpha, strengths = many(strengths), start = first$lambda[1], x = many(t(x)),
       coefficients = many(as.matrix(fit$beta)))
}
penalised <- list(path_of("plain", Surv(rows$stop, rows$event), 1), path_of("plain", Surv(rows$stop, rows$event), 0.5),
                  path_of("weighted", Surv(rows$stop, rows$event), 0.3, rows$weight),
                  path_of("stratified", stratifySurv(Surv(rows$stop, rows$event), rows$group), 0.7),
                  path_of("truncated", Surv(rows$start, rows$stop, rows$event), 0.7))

result <- list(rows = columns(rows), changing = columns(changing), cases = cases,
               aliased = many(coef(aliased)), aliased_likelihood = aliased$loglik[2], separated = many(coef(separated)),
               separated_likelihood = separated$loglik[2], separated_warning = substr(warned, 1, 60), apart_stop = many(apart$stop),
               curve = estimate(curve), kaplan_meier = estimate(plain),
               weighted_kaplan_meier = list(times = many(weighted$time), survival = many(weighted$surv)), penalised = penalised, truncated_kaplan_meier = estimate(truncated))

folder <- commandArgs(TRUE)[2]
if (!is.na(folder)) {
  real <- list()
  rossi <- read.csv(file.path(folder, "rossi.csv"))
  lung <- read.csv(file.path(folder, "lung.csv"))
  gbsg2 <- read.csv(file.path(folder, "gbsg2.csv"))
  flchain <- read.csv(gzfile(file.path(folder, "flchain.csv.gz")))
  flchain <- flchain[complete.cases(flchain[, c("age", "sex", "kappa", "lambda", "creatinine", "mgus", "futime", "death")]), ]
  homes <- read.csv(file.path(folder, "home_sale_time_to_close.csv"))
  homes <- homes[!is.na(homes$amount) & homes$days_observed > 0, ]
  gbsg2$hormone <- as.numeric(gbsg2$horTh == "yes"); gbsg2$post <- as.numeric(gbsg2$menostat == "Post")
  gbsg2$grade <- match(gbsg2$tgrade, c("I", "II", "III"))
  flchain$male <- as.numeric(flchain$sex == "M")
  homes$log_amount <- log(homes$amount); homes$summer <- as.numeric(substr(homes$listing_date, 6, 7) %in% c("04", "05", "06", "07"))
  for (ties in c("efron", "breslow")) real <- c(real, list(
    fitted_case("rossi", Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio, rossi, ties, deep = FALSE),
    fitted_case("lung", Surv(time, status) ~ age + ph.ecog + strata(sex), lung[!is.na(lung$ph.ecog), ], ties, deep = FALSE),
    fitted_case("gbsg2", Surv(time, cens) ~ hormone + age + post + tsize + grade + pnodes + progrec + estrec, gbsg2, ties, deep = FALSE),
    fitted_case("flchain", Surv(futime, death) ~ age + male + kappa + lambda + creatinine + mgus, flchain, ties, deep = FALSE),
    fitted_case("homes", Surv(days_observed, closed) ~ log_amount + summer, homes, ties, deep = FALSE)))
  result$real <- real
}
writeLines(json(result), commandArgs(TRUE)[1])
cat("survival", as.character(packageVersion("survival")), "\n")
