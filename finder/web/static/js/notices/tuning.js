// The numbers that the tracker decides by: those of finder/notices/tracker/tuning.py, which says what each means. A test compares them.

export const DEFAULT_S = 300; // a wish that names no time dwells, or is within reach, for five minutes

export const TUNING = Object.freeze({
  beacon_error_m: 5,
  least_error_m: 8,
  unstated_accuracy_m: 60,

  same_error_s: 60,
  bias_m: 5,
  longest_mean_s: 600,
  scatter_s: 90,
  most_scatter_m: 30,
  moved_sigmas: 2,
  back_s: 180,
  trail_s: 90,
  trail_step_s: 5,

  usual_mps: 4,
  asleep_s: 120,
  fastest_mps: 45,
  leap_s: 90,
  leap_fixes: 3,

  enter_sigmas: 2,
  exit_sigmas: 2,
  enter_s: 30,
  exit_s: 75,
  leapt_s: 90,
  enter_fixes: 3,
  exit_fixes: 3,

  approach_span_s: 20,
  approach_closed_m: 60,
  approach_closed_sigmas: 2,
  approach_window_s: 150,
  slowest_approach_mps: 0.5,

  crossing_s: 600,
  late_news_s: 300,

  ahead_s: 5,
  clock_agrees_s: 5,
  clock_fixes: 3,
});
