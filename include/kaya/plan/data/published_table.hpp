// SPDX-License-Identifier: MIT
// Published footprints of training runs. Read it through published.hpp.
//
// A figure is as its publication prints it, with its unit: so its last digit says how far it was rounded, and a
// calculation from rounded figures can be held against a rounded result. "=" before a figure: the publication
// calculated with exactly that number, nothing was rounded. "W/node" is the power of all devices together; counts of
// devices are exact. "" is not published.
//
// Facts, from the publications in `citations`. `read`: the figures were seen again while the table was made (2026), in
// the publication or, where a third party quotes it, there; `known`: as remembered from it (the number of digits, too)
// and checked by arithmetic only: verify before you quote one.
#pragma once

#include <kaya/plan/confidence.hpp>

namespace kaya {
inline namespace v1 {
namespace plan {

/// What can be said of a published run.
enum class status : unsigned char {
  from_inputs,   // devices, hours and power are published: energy and emissions can be calculated again
  from_kwh,      // energy and intensity are published: the emissions can be calculated again
  inferred,      // an input was chosen so that the calculation comes out: that it does proves nothing
  inconsistent,  // the publication contradicts itself, or another of the same publisher
  totals_only    // too little is published to calculate anything again
};

/// Whether the published energy is that of the building (with PUE) or that of the devices.
enum class energy_is : unsigned char { unknown, with_pue, without_pue };

namespace detail::published_table {

using enum status;
using enum confidence;
inline constexpr energy_is unknown = energy_is::unknown, with_pue = energy_is::with_pue,
                           without_pue = energy_is::without_pue;

enum citation_id : unsigned char {
  strubell, patterson, patterson_llm, bloom, bloom4, gopher, palm, glam, lamda, llama, opt, llama2, llama3,
  llama31, llama32, llama33, llama4, code_llama, sd1, sd2, olmo, gemma1, gemma2, gemma3, deepseek, codecarbon
};
inline constexpr const char* citations[] = {
    "Strubell et al. 2019 Table 3 (arXiv:1906.02243)",
    "Patterson et al. 2021 Table 4 (arXiv:2104.10350)",
    "Patterson et al. 2021 Table 4 (arXiv:2104.10350); LLMCarbon database.csv (SotaroKaneda/MLCarbon dbd96b7)",
    "Luccioni, Viguier & Ligozat 2022 (arXiv:2211.02001)",
    "Luccioni, Viguier & Ligozat 2022 (arXiv:2211.02001) Table 4",
    "Rae et al. 2021 appendix (arXiv:2112.11446)",
    "Chowdhery et al. 2022 appendix B (arXiv:2204.02311)",
    "Du et al. 2021 (arXiv:2112.06905)",
    "Thoppilan et al. 2022 (arXiv:2201.08239)",
    "Touvron et al. 2023 LLaMA Table 15 (arXiv:2302.13971)",
    "Zhang et al. 2022 (arXiv:2205.01068)",
    "meta-llama/llama-models models/llama2/MODEL_CARD.md",
    "meta-llama/llama-models models/llama3/MODEL_CARD.md",
    "meta-llama/llama-models models/llama3_1/MODEL_CARD.md",
    "meta-llama/llama-models models/llama3_2/MODEL_CARD.md",
    "meta-llama/llama-models models/llama3_3/MODEL_CARD.md",
    "meta-llama/llama-models models/llama4/MODEL_CARD.md",
    "Roziere et al. 2023 (arXiv:2308.12950)",
    "CompVis stable-diffusion v1 model card",
    "Stability AI stable-diffusion-2 model card",
    "Groeneveld et al. 2024 Table (arXiv:2402.00838)",
    "Gemma Team 2024 (arXiv:2403.08295)",
    "Gemma Team 2024 (arXiv:2408.00118)",
    "Gemma Team 2025 (arXiv:2503.19786)",
    "DeepSeek-AI 2024 Table 1 (arXiv:2412.19437)",
    "CodeCarbon documentation model_examples (Dodge et al. 2022, arXiv:2206.05229)",
};

struct row {
  const char* model;
  plan::status status;
  short year;         // of the publication
  double parameters;  // 0: not published
  const char* hardware;
  int devices;        // 0: not published
  const char *time, *device_hours, *power, *pue, *intensity, *energy;
  energy_is of;
  const char* emissions;
  citation_id citation;
  plan::confidence confidence;
  const char *note = "", *scope = "training run";
  const char* beside = "";  // the model whose run is the same, as somebody else counted it
};

inline constexpr row rows[] = {
    {"Transformer base (T2T)", from_inputs, 2019, 0, "NVIDIA P100", 8,
     "12 h", "", "1415.78 W/node", "=1.58", "=0.954 lb/kWh", "27 kWh", with_pue, "26 lb", strubell, known,
     "the power is of GPUs, CPUs and memory"},
    {"Transformer big (T2T)", from_inputs, 2019, 0, "NVIDIA P100", 8,
     "84 h", "", "1515.43 W/node", "=1.58", "=0.954 lb/kWh", "201 kWh", with_pue, "192 lb", strubell, known,
     "the power is of GPUs, CPUs and memory"},
    {"ELMo", from_inputs, 2019, 0, "NVIDIA P100", 3,
     "336 h", "", "517.66 W/node", "=1.58", "=0.954 lb/kWh", "275 kWh", with_pue, "262 lb", strubell, known,
     "the power is of GPUs, CPUs and memory"},
    {"BERT base", from_inputs, 2019, 0, "NVIDIA V100", 64,
     "79 h", "", "12041.51 W/node", "=1.58", "=0.954 lb/kWh", "1507 kWh", with_pue, "1438 lb", strubell, known,
     "hours rounded from 3.3 days; the power is of GPUs, CPUs and memory"},
    {"BERT base (TPU)", totals_only, 2019, 0, "Google TPU v2", 16,
     "96 h", "", "", "=1.58", "", "", unknown, "", strubell, known,
     "no power published for TPU"},
    {"NAS (Evolved Transformer, GPU estimate)", from_inputs, 2019, 0, "NVIDIA P100", 8,
     "274120 h", "", "1515.43 W/node", "=1.58", "=0.954 lb/kWh", "656347 kWh", with_pue, "626155 lb", strubell, known,
     "the power is of GPUs, CPUs and memory; as really run, on TPU v2: see Evolved Transformer NAS", "training run", "Evolved Transformer NAS"},
    {"NAS (Evolved Transformer, TPU)", totals_only, 2019, 0, "Google TPU v2", 1,
     "32623 h", "", "", "=1.58", "", "", unknown, "", strubell, known,
     "no power published for TPU"},
    {"GPT-2", totals_only, 2019, 0, "Google TPU v3", 32,
     "168 h", "", "", "=1.58", "", "", unknown, "", strubell, known,
     "no power published for TPU"},
    {"Evolved Transformer NAS", from_inputs, 2018, 6.4e7, "Google TPU v2", 200,
     "6.8 d", "", "208 W", "1.10", "0.431 kg/kWh", "7.5 MWh", with_pue, "3.2 t", patterson, known,
     "neural architecture search as actually run"},
    {"T5-11B", from_inputs, 2019, 1.1e10, "Google TPU v3", 512,
     "20 d", "", "310 W", "1.12", "0.545 kg/kWh", "85.7 MWh", with_pue, "46.7 t", patterson_llm, read},
    {"GShard-600B (gross)", from_inputs, 2020, 6.19e11, "Google TPU v3", 1024,
     "3.1 d", "", "288 W", "1.09", "0.201 kg/kWh", "24.1 MWh", with_pue, "4.8 t", patterson, known,
     "LLMCarbon lists 1000 chips"},
    {"Switch Transformer (net)", from_inputs, 2020, 1.5e12, "Google TPU v3", 1024,
     "27 d", "", "245 W", "1.10", "0.330 kg/kWh", "179 MWh", with_pue, "59.1 t", patterson_llm, read,
     "LLMCarbon lists 1000 chips; market/CFE-adjusted intensity"},
    {"Switch Transformer (gross)", from_inputs, 2020, 1.5e12, "Google TPU v3", 1024,
     "27 d", "", "245 W", "1.10", "0.403 kg/kWh", "179 MWh", with_pue, "72.2 t", patterson, known,
     "LLMCarbon lists 1000 chips"},
    {"GPT-3 175B", from_inputs, 2020, 1.75e11, "NVIDIA V100", 10000,
     "14.8 d", "", "330 W", "1.10", "0.429 kg/kWh", "1287 MWh", with_pue, "552.1 t", patterson_llm, read},
    {"BLOOM 176B (dynamic)", from_inputs, 2022, 1.76e11, "NVIDIA A100 80GB", 384,
     "", "1082990 h", "400 W", "", "57 g/kWh", "433196 kWh", without_pue, "24.69 t", bloom, read,
     "433,196 kWh is IT energy; 24.69 t uses no PUE; abstract 24.7 t read", "dynamic power only, no PUE"},
    {"BLOOM 176B (dynamic with PUE)", from_inputs, 2022, 1.76e11, "NVIDIA A100 80GB", 384,
     "", "1082990 h", "400 W", "1.20", "57 g/kWh", "433196 kWh", without_pue, "30 t", bloom4, known,
     "30 t in comparison table; kWh column is IT energy", "dynamic power with PUE"},
    {"BLOOM 176B (total)", totals_only, 2022, 1.76e11, "NVIDIA A100 80GB", 384,
     "", "", "", "", "", "", unknown, "50.5 t", bloom, read,
     "50.5 t", "dynamic 24.69 t + idle 14.6 t + embodied 11.2 t"},
    {"GPT-3 175B (Luccioni)", from_kwh, 2022, 1.75e11, "", 0,
     "", "", "", "1.10", "429 g/kWh", "1287 MWh", with_pue, "552 t", bloom4, known,
     "the table lists 502 t without PUE and 552 t with; 502 = 1287/1.1*0.429"},
    {"Gopher 280B (Luccioni)", from_kwh, 2022, 2.8e11, "Google TPU v3", 0,
     "", "", "", "1.08", "330 g/kWh", "1066 MWh", without_pue, "380 t", bloom4, known,
     "352 t without PUE"},
    {"OPT-175B (Luccioni)", inconsistent, 2022, 1.75e11, "NVIDIA A100 80GB", 0,
     "", "", "", "1.09", "231 g/kWh", "324 MWh", without_pue, "76.3 t", bloom4, known,
     "70 t without PUE; 324 MWh IT energy = 809,472 h x 400 W; PUE imputed; computed with PUE 81.6 t, 6.9% above the printed 76.3"},
    {"Gopher 280B", from_inputs, 2021, 2.8e11, "Google TPU v3", 4096,
     "920 h", "", "283 W", "1.08", "0.330 kg/kWh", "1151 MWh", with_pue, "380 t", gopher, known,
     "PUE included in kWh"},
    {"PaLM 540B", inferred, 2022, 5.4e11, "Google TPU v4", 6144,
     "", "8404992 h", "378.5 W", "1.08", "79 g/kWh", "", unknown, "271.43 t", palm, known,
     "1200 h on 6144 and 336 h on 3072 chips; 378.5 W system power per chip; 79 g/kWh is the net intensity implied by the printed 271.43 t"},
    {"GLaM 64B/64E (280B tokens)", from_inputs, 2021, 1.2e12, "Google TPU v4", 1024,
     "574 h", "", "326 W", "1.11", "0.088 kg/kWh", "213 MWh", with_pue, "18.7 t", glam, known,
     "net intensity"},
    {"GLaM 64B/64E (600B tokens)", from_kwh, 2021, 1.2e12, "Google TPU v4", 1024,
     "", "", "", "1.11", "0.088 kg/kWh", "456 MWh", with_pue, "40.2 t", glam, known,
     "net intensity"},
    {"LaMDA 137B", inferred, 2022, 1.37e11, "Google TPU v3", 1024,
     "57.7 d", "", "", "", "0.056 kg/kWh", "451 MWh", with_pue, "25.2 t", lamda, known,
     "net intensity"},
    {"LLaMA-7B", from_inputs, 2023, 7e9, "NVIDIA A100 80GB", 0,
     "", "82432 h", "400 W", "1.1", "0.385 kg/kWh", "36 MWh", with_pue, "14 t", llama, known,
     "US average intensity and PUE assumed by the paper for all rows; MWh rounded"},
    {"LLaMA-13B", from_inputs, 2023, 1.3e10, "NVIDIA A100 80GB", 0,
     "", "135168 h", "400 W", "1.1", "0.385 kg/kWh", "59 MWh", with_pue, "23 t", llama, known,
     "US average intensity and PUE assumed by the paper for all rows; MWh rounded"},
    {"OPT-175B (LLaMA estimate)", from_inputs, 2023, 1.75e11, "NVIDIA A100 80GB", 0,
     "", "809472 h", "400 W", "1.1", "0.385 kg/kWh", "356 MWh", with_pue, "137 t", llama, known,
     "US average intensity and PUE assumed by the paper for all rows; MWh rounded"},
    {"BLOOM-175B (LLaMA estimate)", from_inputs, 2023, 1.75e11, "NVIDIA A100 80GB", 0,
     "", "1082880 h", "400 W", "1.1", "0.385 kg/kWh", "475 MWh", with_pue, "183 t", llama, known,
     "US average intensity and PUE assumed by the paper for all rows; MWh rounded; with 1.1 taken as exact, 476 MWh, 1 more than printed"},
    {"OPT-175B", totals_only, 2022, 1.75e11, "NVIDIA A100 80GB", 992,
     "", "809472 h", "400 W", "", "", "", unknown, "75 t", opt, known,
     "75 t stated without method; GPU hours from LLaMA Table 15"},
    {"Llama 2 7B", inferred, 2023, 7e9, "NVIDIA A100 80GB", 0,
     "", "184320 h", "400 W", "1.1", "0.385 kg/kWh", "", unknown, "31.22 t", llama2, read,
     "hours, W and t read; PUE 1.1 and 385 g/kWh are those of the LLaMA-1 paper, they reproduce the card"},
    {"Llama 2 13B", inferred, 2023, 1.3e10, "NVIDIA A100 80GB", 0,
     "", "368640 h", "400 W", "1.1", "0.385 kg/kWh", "", unknown, "62.44 t", llama2, read,
     "hours, W and t read; PUE 1.1 and 385 g/kWh are those of the LLaMA-1 paper, they reproduce the card"},
    {"Llama 2 70B", inferred, 2023, 7e10, "NVIDIA A100 80GB", 0,
     "", "1720320 h", "400 W", "1.1", "0.385 kg/kWh", "", unknown, "291.42 t", llama2, read,
     "hours, W and t read; PUE 1.1 and 385 g/kWh are those of the LLaMA-1 paper, they reproduce the card"},
    {"Llama 3 8B", inferred, 2024, 8e9, "NVIDIA H100 80GB", 0,
     "", "1.3 Mh", "700 W", "1.1", "0.385 kg/kWh", "", unknown, "390 t", llama3, read,
     "card total 7.7M h and 2290 t read; PUE 1.1 and 385 g/kWh assumed as for Llama 2"},
    {"Llama 3.1 8B", totals_only, 2024, 8e9, "NVIDIA H100 80GB", 0,
     "", "1.46 Mh", "700 W", "", "", "", unknown, "420 t", llama31, read,
     "location-based; PUE and intensity not stated separately, see implied_g_per_kwh (PUE included)"},
    {"Llama 3.1 70B", totals_only, 2024, 7e10, "NVIDIA H100 80GB", 0,
     "", "7.0 Mh", "700 W", "", "", "", unknown, "2040 t", llama31, read,
     "location-based; PUE and intensity not stated separately, see implied_g_per_kwh (PUE included)"},
    {"Llama 3.1 405B", totals_only, 2024, 4.05e11, "NVIDIA H100 80GB", 0,
     "", "30.84 Mh", "700 W", "", "", "", unknown, "8930 t", llama31, read,
     "location-based; PUE and intensity not stated separately, see implied_g_per_kwh (PUE included)"},
    {"Llama 3.2 1B", totals_only, 2024, 1.2e9, "NVIDIA H100 80GB", 0,
     "", "370 kh", "700 W", "", "", "", unknown, "107 t", llama32, read,
     "location-based; PUE and intensity not stated separately, see implied_g_per_kwh (PUE included)"},
    {"Llama 3.2 3B", totals_only, 2024, 3.2e9, "NVIDIA H100 80GB", 0,
     "", "460 kh", "700 W", "", "", "", unknown, "133 t", llama32, read,
     "location-based; PUE and intensity not stated separately, see implied_g_per_kwh (PUE included)"},
    {"Llama 3.2 Vision 11B", totals_only, 2024, 1.1e10, "NVIDIA H100 80GB", 0,
     "", "246120 h", "700 W", "", "", "", unknown, "71 t", llama32, read,
     "location-based; PUE and intensity not stated separately, see implied_g_per_kwh (PUE included)"},
    {"Llama 3.2 Vision 90B", totals_only, 2024, 9e10, "NVIDIA H100 80GB", 0,
     "", "1775120 h", "700 W", "", "", "", unknown, "513 t", llama32, read,
     "location-based; PUE and intensity not stated separately, see implied_g_per_kwh (PUE included)"},
    {"Llama 4 Scout", totals_only, 2025, 1.09e11, "NVIDIA H100 80GB", 0,
     "", "5.0 Mh", "700 W", "", "", "", unknown, "1354 t", llama4, read,
     "location-based; PUE and intensity not stated separately, see implied_g_per_kwh (PUE included)"},
    {"Llama 4 Maverick", totals_only, 2025, 4e11, "NVIDIA H100 80GB", 0,
     "", "2.38 Mh", "700 W", "", "", "", unknown, "645 t", llama4, read,
     "location-based; PUE and intensity not stated separately, see implied_g_per_kwh (PUE included)"},
    {"Llama 3.3 70B (as printed)", inconsistent, 2024, 7e10, "NVIDIA H100 80GB", 0,
     "", "7.0 Mh", "700 W", "", "", "", unknown, "12.9 t", llama33, read,
     "inconsistent as printed: 12.9 t for 7.0M GPU hours, where the card of 3.1 has 2040 t for the same hours", "training run", "Llama 3.1 70B"},
    {"Code Llama family 7B-34B", inferred, 2023, 0, "NVIDIA A100 80GB", 0,
     "", "400 kh", "400 W", "1.1", "0.385 kg/kWh", "", unknown, "65.3 t", code_llama, known,
     "TDP 350-400 W; 400K GPU hours rounded"},
    {"Stable Diffusion v1-4", inferred, 2022, 0, "NVIDIA A100 PCIe 40GB", 0,
     "", "150000 h", "250 W", "", "300 g/kWh", "", unknown, "11250 kg", sd1, known,
     "MLCO2 calculator, AWS US-east; 250 W x 300 g/kWh reproduces it"},
    {"Stable Diffusion v2", inferred, 2022, 0, "NVIDIA A100 PCIe 40GB", 0,
     "", "200000 h", "250 W", "", "300 g/kWh", "", unknown, "15000 kg", sd2, known,
     "MLCO2 calculator"},
    {"OLMo 7B (MI250X, LUMI)", from_kwh, 2024, 7e9, "AMD MI250X", 0,
     "", "", "", "1.1", "=0 g/kWh", "135 MWh", without_pue, "0 t", olmo, known,
     "hydro power, intensity taken as 0"},
    {"Gemma 1", totals_only, 2024, 0, "Google TPU v5e", 0,
     "", "", "", "", "", "", unknown, "131 t", gemma1, known,
     "only the total is published"},
    {"Gemma 2", totals_only, 2024, 0, "Google TPU", 0,
     "", "", "", "", "", "", unknown, "1247.61 t", gemma2, known,
     "only the total is published"},
    {"Gemma 3", totals_only, 2025, 0, "Google TPU", 0,
     "", "", "", "", "", "", unknown, "1497.13 t", gemma3, known,
     "only the total is published"},
    {"DeepSeek-V3 (full training)", totals_only, 2024, 6.71e11, "NVIDIA H800", 2048,
     "", "2788 kh", "", "", "", "", unknown, "", deepseek, known,
     "no energy published; pre-training 2664K + context 119K + post-training 5K H800 hours"},
    {"BERT fine-tune", totals_only, 2022, 0, "NVIDIA V100", 4,
     "6 h", "", "", "", "", "3.1 kWh", with_pue, "", codecarbon, read,
     "mean 129 W per GPU from kWh and hours", "GPU energy measured"},
    {"BERT language modelling", totals_only, 2022, 0, "NVIDIA V100", 8,
     "36 h", "", "", "", "", "37.3 kWh", with_pue, "", codecarbon, read,
     "mean 130 W per GPU from kWh and hours", "GPU energy measured"},
    {"6B Transformer (partial, 13%)", totals_only, 2022, 0, "NVIDIA A100", 256,
     "192 h", "", "", "", "", "13812.4 kWh", with_pue, "", codecarbon, read,
     "mean 281 W per GPU from kWh and hours", "GPU energy measured"},
    {"DenseNet-121", totals_only, 2022, 0, "NVIDIA P40", 1,
     "0.3 h", "", "", "", "", "0.02 kWh", with_pue, "", codecarbon, read,
     "mean 67 W per GPU from kWh and hours", "GPU energy measured"},
    {"DenseNet-201", totals_only, 2022, 0, "NVIDIA P40", 1,
     "0.4 h", "", "", "", "", "0.04 kWh", with_pue, "", codecarbon, read,
     "mean 100 W per GPU from kWh and hours", "GPU energy measured"},
    {"ViT Tiny", totals_only, 2022, 0, "NVIDIA V100", 1,
     "19 h", "", "", "", "", "1.7 kWh", with_pue, "", codecarbon, read,
     "mean 89 W per GPU from kWh and hours", "GPU energy measured"},
    {"ViT Small", totals_only, 2022, 0, "NVIDIA V100", 1,
     "19 h", "", "", "", "", "2.2 kWh", with_pue, "", codecarbon, read,
     "mean 116 W per GPU from kWh and hours", "GPU energy measured"},
    {"ViT Base", totals_only, 2022, 0, "NVIDIA V100", 1,
     "21 h", "", "", "", "", "4.7 kWh", with_pue, "", codecarbon, read,
     "mean 224 W per GPU from kWh and hours", "GPU energy measured"},
    {"ViT Large", totals_only, 2022, 0, "NVIDIA V100", 4,
     "90 h", "", "", "", "", "93.3 kWh", with_pue, "", codecarbon, read,
     "mean 259 W per GPU from kWh and hours", "GPU energy measured"},
    {"ViT Huge", totals_only, 2022, 0, "NVIDIA V100", 4,
     "216 h", "", "", "", "", "237.6 kWh", with_pue, "", codecarbon, read,
     "mean 275 W per GPU from kWh and hours", "GPU energy measured"},
};

}  // namespace detail::published_table
}  // namespace plan
}  // namespace v1
}  // namespace kaya
