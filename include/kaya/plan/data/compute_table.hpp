// SPDX-License-Identifier: MIT
// Compute of training runs and how fast it grows. Read it through compute.hpp.
//
// Facts, from the publications in `sources`. `read`: seen again while the table was made (2026); `known`: as
// remembered from the publication: verify before you quote one. Estimates of third parties say so in their note.
//
//   flop              of the final training run
//   petaflop_s_days   the same as the publication prints it, or divided by 8.64e19 where it prints FLOP
#pragma once

#include <kaya/plan/confidence.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {
namespace detail::compute_table {

using enum confidence;

enum source_id : unsigned char {
  openai, sevilla, brown_radford, openai_appendix, vaswani, epoch, brown, patterson, hoffmann_epoch, hoffmann,
  chowdhery, grattafiori
};
inline constexpr const char* sources[] = {
    "OpenAI, AI and Compute, 2018-05-16",
    "Sevilla et al. 2022, Compute Trends Across Three Eras",
    "Brown et al. 2020; Radford et al. 2019",
    "OpenAI, AI and Compute, 2018-05-16 appendix",
    "Vaswani et al. 2017 Table 2",
    "Epoch AI",
    "Brown et al. 2020 Table D.1 (arXiv:2005.14165)",
    "Patterson et al. 2021 Table 4 (arXiv:2104.10350)",
    "Hoffmann et al. 2022 / Epoch",
    "Hoffmann et al. 2022",
    "Chowdhery et al. 2022",
    "Grattafiori et al. 2024",
};

struct fact_row {
  const char *key, *what;
  double value;
  const char* unit;
  short year;  // of the publication
  source_id source;
  plan::confidence confidence;
  const char* note = "";
};

inline constexpr fact_row facts[] = {
    {"compute_doubling_time", "doubling time of training compute, 2012 to 2018", 3.4, "months", 2018, openai, read, "fit 3.43 months; first release said 3.5; 2012-2018 (AlexNet to AlphaGo Zero)"},
    {"compute_growth_2012_2018", "growth of training compute, AlexNet to AlphaGo Zero", 300000, "x", 2018, openai, read, "more than 300,000x"},
    {"moores_law_growth_same_period", "growth by Moore's law in the same time", 7, "x", 2018, openai, read, "two-year doubling; first release said 12x with 18 months"},
    {"petaflop_s_day", "petaflop/s-day", 8.64e19, "FLOP", 2018, openai, read, "1e15 FLOP/s for one day, about 1e20"},
    {"epoch_doubling_time_2012_2022", "doubling time of training compute, 2012 to 2022", 5.7, "months", 2022, sevilla, read, "all models"},
    {"pre_2010_doubling_time", "doubling time of training compute before 2010", 20, "months", 2022, sevilla, read},
    {"gpt3_over_gpt2_parameters", "parameters of GPT-3 over those of GPT-2", 175 / 1.5, "x", 2020, brown_radford, read, "175B / 1.5B"},
};

struct model_row {
  const char* name;
  short year;
  double parameters, flop;  // parameters 0: not published
  const char* petaflop_s_days;
  source_id source;
  plan::confidence confidence;
  const char* note = "";
};

// By publication, older ones first.
inline constexpr model_row models[] = {
    {"AlexNet", 2012, 60000000, 5.011e17, "0.0058", openai_appendix, known, "Epoch gives 4.7e17"},
    {"ResNet-152", 2015, 60000000, 1.011e19, "0.117", openai_appendix, known},
    {"AlphaZero", 2017, 0, 3.81e22, "441", openai_appendix, known},
    {"AlphaGo Zero", 2017, 0, 1.607e23, "1860", openai_appendix, known, "Epoch gives 3.4e23; 1860/0.0058 = 320,690x"},
    {"Transformer base", 2017, 65000000, 3.3e18, "0.03819", vaswani, known},
    {"Transformer big", 2017, 213000000, 2.3e19, "0.2662", vaswani, known},
    {"GPT-1", 2018, 117000000, 1.76e19, "0.2037", epoch, known, "estimate"},
    {"GPT-2 1.5B", 2019, 1500000000, 1.9e21, "21.99", epoch, known, "estimate; parameter count read"},
    {"T5-Small", 2019, 60000000, 1.8e20, "2.08", brown, known},
    {"T5-Base", 2019, 220000000, 6.6e20, "7.64", brown, known},
    {"T5-Large", 2019, 770000000, 2.31e21, "26.7", brown, known},
    {"T5-3B", 2019, 3000000000, 9e21, "104", brown, known},
    {"T5-11B", 2019, 1.1e10, 3.3e22, "382", brown, known},
    {"BERT-Base", 2018, 109000000, 1.64e20, "1.89", brown, known},
    {"BERT-Large", 2018, 355000000, 5.33e20, "6.16", brown, known},
    {"RoBERTa-Base", 2019, 125000000, 1.5e21, "17.4", brown, known},
    {"RoBERTa-Large", 2019, 355000000, 4.26e21, "49.3", brown, known},
    {"GPT-3 Small", 2020, 125000000, 2.25e20, "2.6", brown, known},
    {"GPT-3 Medium", 2020, 356000000, 6.41e20, "7.42", brown, known},
    {"GPT-3 Large", 2020, 760000000, 1.37e21, "15.8", brown, known},
    {"GPT-3 XL", 2020, 1320000000, 2.38e21, "27.5", brown, known},
    {"GPT-3 2.7B", 2020, 2650000000, 4.77e21, "55.2", brown, known},
    {"GPT-3 6.7B", 2020, 6660000000, 1.2e22, "139", brown, known},
    {"GPT-3 13B", 2020, 1.285e10, 2.31e22, "268", brown, known},
    {"GPT-3 175B", 2020, 1.746e11, 3.14e23, "3640", brown, known},
    {"Meena", 2019, 2600000000, 1.12e23, "1296", patterson, known},
    {"GShard-600B", 2020, 6.19e11, 1.33e22, "153.9", patterson, read},
    {"Switch Transformer", 2020, 1.5e12, 8.22e22, "951.4", patterson, read},
    {"T5-11B (Patterson)", 2019, 1.1e10, 4.05e22, "468.8", patterson, read, "measured, differs from 3.3e22 by definition"},
    {"GPT-3 175B (Patterson)", 2020, 1.75e11, 3.14e23, "3634", patterson, read},
    {"Gopher", 2021, 2.8e11, 6.31e23, "7303", hoffmann_epoch, known, "third-party estimate"},
    {"MT-NLG 530B", 2021, 5.3e11, 1.17e24, "13540", epoch, known, "third-party estimate"},
    {"Chinchilla", 2022, 7e10, 5.76e23, "6667", hoffmann, known},
    {"PaLM 540B", 2022, 5.4e11, 2.53e24, "29280", chowdhery, known},
    {"OPT-175B", 2022, 1.75e11, 4.3e23, "4977", epoch, known, "third-party estimate"},
    {"BLOOM 176B", 2022, 1.76e11, 3.66e23, "4236", epoch, known, "third-party estimate"},
    {"LLaMA-65B", 2023, 6.5e10, 5.5e23, "6366", epoch, known, "third-party estimate"},
    {"Llama 2 70B", 2023, 7e10, 8.1e23, "9375", epoch, known, "third-party estimate"},
    {"GPT-4", 2023, 0, 2.1e25, "243100", epoch, known, "third-party estimate"},
    {"Llama 3.1 405B", 2024, 4.05e11, 3.8e25, "439800", grattafiori, known},
    {"DeepSeek-V3", 2024, 6.71e11, 3.4e24, "39350", epoch, known, "third-party estimate"},
};

}  // namespace detail::compute_table
}  // namespace plan
}  // namespace v1
}  // namespace kaya
