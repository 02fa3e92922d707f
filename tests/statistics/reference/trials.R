# Answers of R for the methods of trials; see README.md beside this file. Prints one line a value.
suppressPackageStartupMessages(library(metafor))

sets <- list(
  rare = list(a = c(3, 1, 5, 2, 0, 4, 1, 6), n = c(60, 45, 120, 80, 50, 90, 40, 150),
              c = c(1, 0, 2, 3, 1, 0, 0, 1), m = c(58, 47, 60, 82, 49, 45, 40, 148)),
  differing = list(a = c(12, 3, 25, 8, 1, 15), n = c(100, 80, 150, 90, 60, 110),
                   c = c(4, 6, 5, 9, 0, 2), m = c(100, 82, 75, 95, 61, 108)),
  large = list(a = c(30, 44, 21, 60), n = c(300, 410, 190, 520), c = c(22, 20, 19, 31), m = c(295, 405, 95, 510)),
  double_zero = list(a = c(3, 0, 5, 0, 2), n = c(40, 50, 60, 25, 30), c = c(1, 0, 2, 0, 0), m = c(41, 50, 58, 26, 15)),
  eleven = list(a = c(3, 9, 5, 12, 1, 14, 6, 16, 2, 8, 4), n = c(60, 45, 120, 80, 50, 90, 40, 150, 35, 70, 52),
                c = c(1, 6, 2, 3, 1, 7, 2, 9, 0, 4, 1), m = c(58, 47, 60, 82, 49, 45, 40, 148, 36, 66, 50)))

say <- function(.set, .method, ...) {
  values <- list(...)
  for (name in names(values)) cat(sprintf("%s %s %s %.10g\n", .set, .method, name, values[[name]]))
}

exact <- function(set, d) {
  keep <- !(d$a + d$c == 0 | d$a + d$c == d$n + d$m)
  tables <- array(rbind(d$a, d$n - d$a, d$c, d$m - d$c)[, keep], c(2, 2, sum(keep)))
  for (side in c("two.sided", "greater")) {
    found <- mantelhaen.test(tables, exact = TRUE, alternative = side)
    say(set, paste0("exact_", side), estimate = found$estimate, lower = found$conf.int[1],
        upper = found$conf.int[2], p = found$p.value)
  }
}

conditional <- function(set, d) {
  for (method in c("EE", "ML")) {
    found <- try(rma.glmm(measure = "OR", ai = d$a, n1i = d$n, ci = d$c, n2i = d$m, model = "CM.EL", method = method),
                 silent = TRUE)
    if (inherits(found, "try-error")) next
    say(set, paste0("conditional_", method), effect = found$beta[1], se = found$se, tau2 = found$tau2)
  }
}

beta_binomial <- function(set, d) {
  below <- function(p) {
    theta <- exp(p[3]); total <- 0
    for (side in 1:2) {
      x <- if (side == 1) d$a else d$c; size <- if (side == 1) d$n else d$m
      risk <- plogis(p[side])
      total <- total + sum(lbeta(x + risk / theta, size - x + (1 - risk) / theta) - lbeta(risk / theta, (1 - risk) / theta))
    }
    -total
  }
  control <- list(reltol = 1e-15, maxit = 20000)
  start <- c(qlogis(sum(d$a) / sum(d$n)), qlogis(sum(d$c) / sum(d$m)), -3)
  found <- optim(optim(start, below, control = control)$par, below, control = control)
  hessian <- optimHess(found$par, below, control = list(ndeps = rep(1e-4, 3)))
  v <- solve(hessian)
  say(set, "beta_binomial", effect = found$par[1] - found$par[2], log_theta = found$par[3],
      se = sqrt(v[1, 1] + v[2, 2] - 2 * v[1, 2]))
}

score <- function(set, d) {
  w <- d$n * d$m / (d$n + d$m)
  likely <- function(i, value, measure) {  # the comparator's risk that fits best, by R's own optimiser
    first <- function(p) if (measure == "rd") p + value else p * value
    below <- function(p) -dbinom(d$a[i], d$n[i], min(max(first(p), 0), 1), log = TRUE) - dbinom(d$c[i], d$m[i], p, log = TRUE)
    ends <- if (measure == "rd") c(max(0, -value), min(1, 1 - value)) else c(0, min(1, 1 / value))
    inner <- optimize(below, ends, tol = 1e-13)
    candidates <- c(ends, inner$minimum)
    candidates[which.min(sapply(candidates, below))]
  }
  statistic <- function(value, measure) {
    p2 <- sapply(seq_along(d$a), likely, value = value, measure = measure)
    p1 <- if (measure == "rd") p2 + value else p2 * value
    scale <- if (measure == "rd") 1 else value
    distance <- if (measure == "rd") d$a / d$n - d$c / d$m - value else d$a / d$n - value * d$c / d$m
    size <- d$n + d$m
    variance <- (p1 * (1 - p1) / d$n + scale^2 * p2 * (1 - p2) / d$m) * size / (size - 1)
    sum(w * distance) / sqrt(sum(w^2 * variance))
  }
  z <- qnorm(0.975)
  rd <- sum(w * (d$a / d$n - d$c / d$m)) / sum(w)
  rr <- sum(w * d$a / d$n) / sum(w * d$c / d$m)
  root <- function(f, low, high) uniroot(f, c(low, high), tol = 1e-12)$root
  say(set, "score_rd", estimate = rd, lower = root(function(v) statistic(v, "rd") - z, -0.9, rd - 1e-6),
      upper = root(function(v) statistic(v, "rd") + z, rd + 1e-6, 0.9))
  say(set, "score_rr", estimate = rr, lower = exp(root(function(v) statistic(exp(v), "rr") - z, -6, log(rr) - 1e-6)),
      upper = exp(root(function(v) statistic(exp(v), "rr") + z, log(rr) + 1e-6, 6)))
}

asymmetry <- function(set, d) {
  size <- d$n + d$m; events <- d$a + d$c
  effect <- log((d$a + ifelse(d$a == 0 | d$c == 0, .5, 0)) / (d$n - d$a + ifelse(d$a == 0 | d$c == 0, .5, 0)) /
                (d$c + ifelse(d$a == 0 | d$c == 0, .5, 0)) * (d$m - d$c + ifelse(d$a == 0 | d$c == 0, .5, 0)))
  peters <- summary(lm(effect ~ I(1 / size), weights = 1 / (1 / events + 1 / (size - events))))$coefficients
  say(set, "peters", estimate = peters[2, 1], se = peters[2, 2], p = peters[2, 4])
  z <- d$a - events * d$n / size
  v <- events * (size - events) * d$n * d$m / (size^2 * (size - 1))
  harbord <- summary(lm(I(z / sqrt(v)) ~ sqrt(v)))$coefficients
  say(set, "harbord", estimate = harbord[1, 1], se = harbord[1, 2], p = harbord[1, 4])
}

for (set in names(sets)) {
  d <- sets[[set]]
  exact(set, d)
  conditional(set, d)
  beta_binomial(set, d)
  score(set, d)
  if (length(d$a) > 9) asymmetry(set, d)
}
