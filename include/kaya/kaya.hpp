// SPDX-License-Identifier: MIT
// kaya: energy and carbon accounting for training loops. All of it but what is included by name:
// integrations and live intensity (grid/live.hpp).
#pragma once

#include <kaya/budget.hpp>
#include <kaya/forecast.hpp>
#include <kaya/format.hpp>
#include <kaya/grid/facility.hpp>
#include <kaya/grid/mix.hpp>
#include <kaya/grid/regions.hpp>
#include <kaya/grid/series.hpp>
#include <kaya/grid/series_csv.hpp>
#include <kaya/journal.hpp>
#include <kaya/meter/machine.hpp>
#include <kaya/plan/devices.hpp>
#include <kaya/plan/embodied.hpp>
#include <kaya/plan/forecast.hpp>
#include <kaya/plan/growth.hpp>
#include <kaya/plan/published.hpp>
#include <kaya/plan/schedule.hpp>
#include <kaya/plan/training.hpp>
#include <kaya/plan/whatif.hpp>
#include <kaya/progress.hpp>
#include <kaya/replay.hpp>
#include <kaya/report/compare.hpp>
#include <kaya/report/csv.hpp>
#include <kaya/report/emissions_csv.hpp>
#include <kaya/report/html.hpp>
#include <kaya/report/json.hpp>
#include <kaya/report/merge.hpp>
#include <kaya/report/model_card.hpp>
#include <kaya/report/paper.hpp>
#include <kaya/report/prometheus.hpp>
#include <kaya/report/record.hpp>
#include <kaya/report/text.hpp>
#include <kaya/scope.hpp>
#include <kaya/text.hpp>
#include <kaya/tracker.hpp>
#include <kaya/units.hpp>
#include <kaya/version.hpp>
