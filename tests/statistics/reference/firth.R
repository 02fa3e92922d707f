# Answers of R's brglm2 and of a penalised profile with R's own optimiser; see README.md beside this file.
suppressPackageStartupMessages(library(brglm2))

sets <- list(
  routes = data.frame(
    iv = c(1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0), old = c(0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1),
    late = c(0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0), events = c(9, 4, 6, 3, 5, 2, 4, 1, 3, 2, 0, 1),
    total = c(40, 25, 30, 18, 60, 44, 52, 31, 12, 9, 7, 11)),
  separated = data.frame(
    iv = c(1, 1, 0, 0), old = c(0, 1, 0, 1), late = c(1, 0, 0, 1), events = c(5, 7, 0, 0), total = c(30, 25, 28, 40)))

for (set in names(sets)) {
  d <- sets[[set]]
  x <- if (set == "routes") cbind(1, d$iv, d$old, d$late) else cbind(1, d$iv, d$old)
  fit <- glm(cbind(d$events, d$total - d$events) ~ x - 1, family = binomial, method = "brglmFit", type = "AS_mean",
             epsilon = 1e-12, maxit = 1000)
  below <- function(b) {
    p <- plogis(drop(x %*% b))
    -sum(d$events * plogis(drop(x %*% b), log.p = TRUE) + (d$total - d$events) * plogis(-drop(x %*% b), log.p = TRUE)) -
      determinant(t(x) %*% (x * (d$total * p * (1 - p))))$modulus / 2
  }
  best <- coef(fit)
  top <- below(best)
  profile <- function(value) {
    inner <- function(rest) below(c(rest[1], value, rest[-1]))
    start <- best[-2]
    for (i in 1:4) start <- optim(start, inner, method = if (i %% 2) "Nelder-Mead" else "BFGS",
                                  control = list(reltol = 1e-15, maxit = 5000))$par
    inner(start)
  }
  excess <- function(value) 2 * (profile(value) - top) - qchisq(0.95, 1)
  lower <- uniroot(excess, c(best[2] - 12, best[2] - 1e-3), tol = 1e-9)$root
  upper <- uniroot(excess, c(best[2] + 1e-3, best[2] + 12), tol = 1e-9)$root
  values <- c(best, se = sqrt(diag(vcov(fit)))[2], lower = lower, upper = upper,
              p = pchisq(2 * (profile(0) - top), 1, lower.tail = FALSE))
  names(values)[seq_along(best)] <- paste0("b", seq_along(best) - 1)
  names(values)[length(best) + 1] <- "se"
  for (name in names(values)) cat(sprintf("%s firth %s %.10g\n", set, name, values[[name]]))
}

# Systematic error of negative controls: the likeliest normal distribution, by R's own optimiser
effect <- c(0.21, -0.35, 0.44, 0.90, 0.10, 0.62, -0.20, 0.55, 1.30, 0.05, 0.33, 0.71, -0.60, 0.48, 0.27)
error <- c(0.20, 0.31, 0.25, 0.22, 0.18, 0.40, 0.35, 0.28, 0.33, 0.15, 0.21, 0.26, 0.45, 0.19, 0.30)
found <- optim(c(0.2, -1), function(p) -sum(dnorm(effect, p[1], sqrt(error^2 + exp(2 * p[2])), log = TRUE)),
               control = list(reltol = 1e-15, maxit = 5000))
cat(sprintf("controls systematic mean %.8g\ncontrols systematic deviation %.8g\n", found$par[1], exp(found$par[2])))
