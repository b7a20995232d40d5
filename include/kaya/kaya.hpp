// SPDX-License-Identifier: MIT
// kaya: energy and carbon accounting for training loops. All of it but the integrations, which are included
// by name.
#pragma once

#include <kaya/format.hpp>
#include <kaya/grid/regions.hpp>
#include <kaya/grid/series.hpp>
#include <kaya/meter/machine.hpp>
#include <kaya/report/record.hpp>
#include <kaya/report/text.hpp>
#include <kaya/scope.hpp>
#include <kaya/text.hpp>
#include <kaya/tracker.hpp>
#include <kaya/units.hpp>
#include <kaya/version.hpp>
