# Fine grids of R for the Bayesian rows; see README.md beside this file. Prints one line a value.
source_sets <- list(
  one_sided = list(a = c(4, 2), n = c(40, 32), c = c(0, 0), m = c(40, 32)),
  differing = list(a = c(12, 3, 25, 8, 1, 15), n = c(100, 80, 150, 90, 60, 110),
                   c = c(4, 6, 5, 9, 0, 2), m = c(100, 82, 75, 95, 61, 108)),
  unequal = list(a = c(5, 1), n = c(60, 33), c = c(1, 1), m = c(20, 30)))
priors <- list(
  half_normal = function(tau) dnorm(tau, 0, 0.5),
  turner_placebo = function(tau) dlnorm(tau^2, -1.87, 1.52) * tau,
  turner_pharmacological = function(tau) dlnorm(tau^2, -2.10, 1.58) * tau)

theta <- seq(-26, 26, by = 0.02)
# likelihood of a trial at each log odds ratio, its baseline integrated out by R's adaptive quadrature
curve_of <- function(a, n, c, m) {
  at <- seq(-26, 26, by = 0.1)
  height <- sapply(at, function(t) {
    f <- function(b) a * plogis(b + t, log.p = TRUE) + (n - a) * plogis(-b - t, log.p = TRUE) +
      c * plogis(b, log.p = TRUE) + (m - c) * plogis(-b, log.p = TRUE)
    top <- optimize(f, c(-40, 40), maximum = TRUE, tol = 1e-10)
    g <- function(b) exp(f(b) - top$objective)
    parts <- integrate(g, -80, top$maximum, rel.tol = 1e-10, subdivisions = 2000L)$value +
      integrate(g, top$maximum, 80, rel.tol = 1e-10, subdivisions = 2000L)$value
    top$objective + log(parts)
  })
  splinefun(at, height - max(height))
}

z <- seq(-7, 7, by = 0.1)
weight <- dnorm(z) / sum(dnorm(z))
mean_grid <- seq(-18, 18, by = 0.02)
for (set in names(source_sets)) {
  d <- source_sets[[set]]
  curves <- lapply(seq_along(d$a), function(i) curve_of(d$a[i], d$n[i], d$c[i], d$m[i]))
  for (prior in names(priors)) {
    log_tau <- if (prior == "half_normal") log(seq(0.0025, 2.8, by = 0.005)) else seq(-6, 3.2, by = 0.04)
    jump <- if (prior == "half_normal") rep(1, length(log_tau)) else exp(log_tau)
    joint <- sapply(seq_along(log_tau), function(k) {
      tau <- exp(log_tau[k])
      at <- pmin(pmax(outer(mean_grid, tau * z, "+"), -26), 26)
      log_lik <- Reduce("+", lapply(curves, function(f) log(matrix(exp(f(at)), nrow(at)) %*% weight)))
      log_lik + dnorm(mean_grid, 0, 4, log = TRUE) + log(priors[[prior]](tau) * jump[k])
    })
    joint <- exp(joint - max(joint))
    mean_density <- rowSums(joint); tau_density <- colSums(joint)
    at <- function(grid, density, p) {
      # the integral of a cubic spline, inverted
      f <- splinefun(grid, density); fine <- seq(min(grid), max(grid), length.out = 200001)
      total <- cumsum(pmax(f(fine), 0)); total <- (total - total / 2 + c(0, head(total, -1)) / 2) / tail(total, 1)
      approx(total, fine, p, ties = "ordered")$y
    }
    q <- at(mean_grid, mean_density, c(0.5, 0.025, 0.975))
    scale <- if (prior == "half_normal") exp(log_tau) else log_tau
    t <- at(scale, tau_density, c(0.5, 0.975))
    if (prior != "half_normal") t <- exp(t)
    values <- c(median = q[1], lower = q[2], upper = q[3], tau2_median = t[1]^2, tau2_upper = t[2]^2)
    for (name in names(values)) cat(sprintf("%s bayes_%s %s %.8g\n", set, prior, name, values[[name]]))
  }
}
