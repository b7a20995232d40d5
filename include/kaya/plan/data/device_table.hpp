// SPDX-License-Identifier: MIT
// Rated power and peak rates of GPUs, TPUs and other accelerators. Read it through devices.hpp.
//
// The figures are facts from the makers' publications; `sources` holds the text that users see. Only the rows of
// TPU v2 and v3 were seen again while the table was made (2026), in the data of the papers named; all others are
// as remembered from the publication and checked for range only: verify before you quote one.
//
//   watts    TDP or board power limit of one device as it is sold; `of` says what the watts are of. The Apple rows
//            are of the whole machine at the wall.
//   fp16     TFLOP/s at fp16 or bf16 in tensor units, dense (no sparsity); GeForce: with fp16 accumulation.
//   fp32     TFLOP/s outside of tensor units.
// `none`: not published, or not known here.
#pragma once

namespace kaya {
inline namespace v1 {
namespace plan {

/// What the rated power of a device is the power of: a card, a module, a chip alone, a system, or the most that a
/// whole computer draws at the wall.
enum class power_of : unsigned char { unknown, board, module, chip, system, system_max };

namespace detail::device_table {

using enum power_of;
inline constexpr double none = -1;

enum source_id : unsigned char {
  datasheet, apple, apple_wall, aws, google, isca17, isca21, isca23, patterson_ga, patterson_llm
};
struct source_row {
  const char* text;
  bool read;  // seen again while the table was made
};
inline constexpr source_row sources[] = {
    {"vendor datasheet", false},
    {"Apple", false},
    {"Apple support pages, power consumption of Mac mini and Mac Studio", false},
    {"AWS documentation", false},
    {"Google Cloud TPU documentation", false},
    {"Jouppi et al. 2017 (ISCA)", false},
    {"Jouppi et al. 2021 (ISCA)", false},
    {"Jouppi et al. 2023 (ISCA)", false},
    {"Patterson et al. 2021 (arXiv:2104.10350); Green Algorithms, TDP_gpu.csv", true},
    {"Patterson et al. 2021 (arXiv:2104.10350); LLMCarbon, database.csv", true},
};

struct row {
  const char* name;  // the maker first
  double watts;
  power_of of;
  double memory_gb, fp16, fp32;
  short year;  // on the market, or announced
  source_id source;
  const char* note = "";
};

// Sorted by name, letter case aside.
inline constexpr row rows[] = {
    {"AMD Instinct MI100", 300, board, 32, 184.6, 23.1, 2020, datasheet},
    {"AMD Instinct MI210", 300, board, 64, 181, 22.6, 2022, datasheet},
    {"AMD Instinct MI250", 560, board, 128, 362.1, 45.3, 2021, datasheet, "two dies; 500 W TDP air, 560 W peak"},
    {"AMD Instinct MI250X", 560, board, 128, 383, 47.9, 2021, datasheet, "two dies; 500 W TDP air, 560 W peak"},
    {"AMD Instinct MI300A", 760, board, 128, 980.6, 122.6, 2023, datasheet, "APU; 550-760 W"},
    {"AMD Instinct MI300X", 750, board, 192, 1307.4, 163.4, 2023, datasheet},
    {"AMD Instinct MI325X", 1000, board, 256, 1307.4, 163.4, 2024, datasheet},
    {"AMD Instinct MI350X", 1000, board, 288, 2300, 144.2, 2025, datasheet},
    {"AMD Instinct MI355X", 1400, board, 288, 2500, 157.3, 2025, datasheet},
    {"AMD Radeon Instinct MI25", 300, board, 16, 24.6, 12.3, 2017, datasheet},
    {"AMD Radeon Instinct MI50", 300, board, 16, 26.5, 13.3, 2018, datasheet},
    {"AMD Radeon Instinct MI60", 300, board, 32, 29.5, 14.7, 2018, datasheet},
    {"AMD Radeon PRO W7900", 295, board, 48, 122.6, 61.3, 2023, datasheet},
    {"AMD Radeon RX 480", 150, board, 8, 5.8, 5.8, 2016, datasheet},
    {"AMD Radeon RX 6800 XT", 300, board, 16, 41.5, 20.7, 2020, datasheet},
    {"AMD Radeon RX 6900 XT", 300, board, 16, 46.1, 23, 2020, datasheet},
    {"AMD Radeon RX 7900 XT", 315, board, 20, 103, 51.6, 2022, datasheet},
    {"AMD Radeon RX 7900 XTX", 355, board, 24, 122.8, 61.4, 2022, datasheet},
    {"AMD Radeon VII", 300, board, 16, 26.9, 13.4, 2019, datasheet},
    {"Apple M1", 39, system_max, 16, none, 2.6, 2020, apple_wall, "Mac mini 2020: the whole machine; Apple publishes no chip TDP"},
    {"Apple M1 Max", 115, system_max, 64, none, 10.4, 2022, apple_wall, "Mac Studio 2022: the whole machine; Apple publishes no chip TDP"},
    {"Apple M1 Pro", none, unknown, 32, none, 5.2, 2021, apple, "no TDP published"},
    {"Apple M1 Ultra", 215, system_max, 128, none, 21, 2022, apple_wall, "Mac Studio 2022: the whole machine; Apple publishes no chip TDP"},
    {"Apple M2", 50, system_max, 24, none, 3.6, 2023, apple_wall, "Mac mini 2023: the whole machine; Apple publishes no chip TDP"},
    {"Apple M2 Max", 145, system_max, 96, none, 13.6, 2023, apple_wall, "Mac Studio 2023: the whole machine; Apple publishes no chip TDP"},
    {"Apple M2 Pro", 100, system_max, 32, none, 6.8, 2023, apple_wall, "Mac mini 2023: the whole machine; Apple publishes no chip TDP"},
    {"Apple M2 Ultra", 295, system_max, 192, none, 27.2, 2023, apple_wall, "Mac Studio 2023: the whole machine; Apple publishes no chip TDP"},
    {"Apple M3 Ultra", 270, system_max, 512, none, none, 2025, apple_wall, "Mac Studio 2025: the whole machine; Apple publishes no chip TDP"},
    {"Apple M4", 65, system_max, 32, none, none, 2024, apple_wall, "Mac mini 2024: the whole machine; Apple publishes no chip TDP"},
    {"Apple M4 Max", 145, system_max, 128, none, none, 2025, apple_wall, "Mac Studio 2025: the whole machine; Apple publishes no chip TDP"},
    {"Apple M4 Pro", 140, system_max, 64, none, none, 2024, apple_wall, "Mac mini 2024: the whole machine; Apple publishes no chip TDP"},
    {"AWS Inferentia2", none, unknown, 32, 190, none, 2022, aws, "TDP not published"},
    {"AWS Trainium1", none, unknown, 32, 190, none, 2020, aws, "TDP not published"},
    {"AWS Trainium2", none, unknown, 96, 667, none, 2023, aws, "TDP not published"},
    {"Cerebras CS-2 (WSE-2)", 23000, system, 40, none, none, 2021, datasheet, "whole system peak; SRAM on wafer"},
    {"Google TPU v1", 75, chip, 8, none, none, 2015, isca17, "92 TOPS int8; Jouppi 2017"},
    {"Google TPU v2", 280, chip, 16, 46, none, 2017, patterson_ga, "per chip; 208-221 W measured average in Patterson 2021"},
    {"Google TPU v3", 450, chip, 32, 123, none, 2018, patterson_llm, "per chip; 245-310 W measured average in Patterson 2021. Green Algorithms lists 220 W, experiment-impact-tracker 200 W"},
    {"Google TPU v4", 192, chip, 32, 275, none, 2021, isca23, "max measured 192 W, mean 170 W (Jouppi 2023); PaLM reports 378.5 W per chip as SYSTEM power"},
    {"Google TPU v4i", 175, chip, 8, 138, none, 2020, isca21},
    {"Google TPU v5e", none, unknown, 16, 197, none, 2023, google, "TDP not published"},
    {"Google TPU v5p", none, unknown, 95, 459, none, 2023, google, "TDP not published"},
    {"Google TPU v6e (Trillium)", none, unknown, 32, 918, none, 2024, google, "TDP not published"},
    {"Google TPU v7 (Ironwood)", none, unknown, 192, 2307, none, 2025, google, "TDP not published"},
    {"Graphcore C600 (Mk2 IPU)", 185, board, 0.9, 280, none, 2022, datasheet, "SRAM on chip"},
    {"Huawei Ascend 910", 310, board, 32, 256, none, 2019, datasheet},
    {"Intel Arc A770 16GB", 225, board, 16, none, 19.7, 2022, datasheet},
    {"Intel Data Center GPU Flex 170", 150, board, 16, none, 16, 2022, datasheet},
    {"Intel Data Center GPU Max 1100", 300, board, 48, none, 22.2, 2023, datasheet},
    {"Intel Data Center GPU Max 1550", 600, board, 128, 839, 52.4, 2023, datasheet, "two stacks; bf16 XMX"},
    {"Intel Gaudi HL-205", 350, board, 32, none, none, 2019, datasheet},
    {"Intel Gaudi2", 600, board, 96, 432, none, 2022, datasheet, "bf16"},
    {"Intel Gaudi3", 900, board, 128, 1835, none, 2024, datasheet, "bf16; OAM air-cooled"},
    {"NVIDIA A10", 150, board, 24, 125, 31.2, 2021, datasheet},
    {"NVIDIA A100 PCIe 40GB", 250, board, 40, 312, 19.5, 2020, datasheet},
    {"NVIDIA A100 PCIe 80GB", 300, board, 80, 312, 19.5, 2021, datasheet},
    {"NVIDIA A100 SXM4 40GB", 400, board, 40, 312, 19.5, 2020, datasheet},
    {"NVIDIA A100 SXM4 80GB", 400, board, 80, 312, 19.5, 2020, datasheet},
    {"NVIDIA A10G", 300, board, 24, 70, 31.5, 2021, datasheet, "300 W is the nvidia-smi limit on AWS g5; techpowerup and MLCO2 list 150 W"},
    {"NVIDIA A16", 250, board, 64, none, 18, 2021, datasheet, "four GPUs"},
    {"NVIDIA A2", 60, board, 16, 18, 4.5, 2021, datasheet},
    {"NVIDIA A30", 165, board, 24, 165, 10.3, 2021, datasheet},
    {"NVIDIA A40", 300, board, 48, 149.7, 37.4, 2020, datasheet},
    {"NVIDIA A800 SXM4 80GB", 400, board, 80, 312, 19.5, 2022, datasheet},
    {"NVIDIA B100", 700, board, 192, 1750, 60, 2024, datasheet},
    {"NVIDIA B200", 1000, board, 180, 2250, 75, 2024, datasheet, "HGX; 180 GB usable"},
    {"NVIDIA B300", 1400, board, 288, 2500, none, 2025, datasheet},
    {"NVIDIA GB200", 1200, board, 186, 2500, 80, 2024, datasheet, "per GPU, NVL72"},
    {"NVIDIA GeForce GTX 1060 6GB", 120, board, 6, none, 4.4, 2016, datasheet},
    {"NVIDIA GeForce GTX 1070", 150, board, 8, none, 6.5, 2016, datasheet},
    {"NVIDIA GeForce GTX 1070 Ti", 180, board, 8, none, 8.2, 2017, datasheet},
    {"NVIDIA GeForce GTX 1080", 180, board, 8, none, 8.9, 2016, datasheet},
    {"NVIDIA GeForce GTX 1080 Ti", 250, board, 11, none, 11.3, 2017, datasheet},
    {"NVIDIA GeForce GTX 1650", 75, board, 4, none, 3, 2019, datasheet},
    {"NVIDIA GeForce GTX 1660", 120, board, 6, none, 5, 2019, datasheet},
    {"NVIDIA GeForce GTX 1660 SUPER", 125, board, 6, none, 5, 2019, datasheet},
    {"NVIDIA GeForce GTX 1660 Ti", 120, board, 6, none, 5.4, 2019, datasheet},
    {"NVIDIA GeForce GTX 980", 165, board, 4, none, 4.6, 2014, datasheet},
    {"NVIDIA GeForce GTX 980 Ti", 250, board, 6, none, 5.6, 2015, datasheet},
    {"NVIDIA GeForce GTX TITAN X", 250, board, 12, none, 6.1, 2015, datasheet, "used by Strubell 2019 for measurement"},
    {"NVIDIA GeForce RTX 2060", 160, board, 6, 51.6, 6.5, 2019, datasheet},
    {"NVIDIA GeForce RTX 2060 SUPER", 175, board, 8, 57.4, 7.2, 2019, datasheet},
    {"NVIDIA GeForce RTX 2070", 175, board, 8, 59.7, 7.5, 2018, datasheet},
    {"NVIDIA GeForce RTX 2070 SUPER", 215, board, 8, 72.5, 9.1, 2019, datasheet},
    {"NVIDIA GeForce RTX 2080", 215, board, 8, 80.5, 10.1, 2018, datasheet},
    {"NVIDIA GeForce RTX 2080 SUPER", 250, board, 8, 89.2, 11.2, 2019, datasheet},
    {"NVIDIA GeForce RTX 2080 Ti", 250, board, 11, 107.6, 13.4, 2018, datasheet, "Founders Edition 260 W"},
    {"NVIDIA GeForce RTX 3050 8GB", 130, board, 8, 36.4, 9.1, 2022, datasheet},
    {"NVIDIA GeForce RTX 3060 12GB", 170, board, 12, 51, 12.7, 2021, datasheet},
    {"NVIDIA GeForce RTX 3060 Ti", 200, board, 8, 64.8, 16.2, 2020, datasheet},
    {"NVIDIA GeForce RTX 3070", 220, board, 8, 81.3, 20.3, 2020, datasheet},
    {"NVIDIA GeForce RTX 3070 Ti", 290, board, 8, 87, 21.7, 2021, datasheet},
    {"NVIDIA GeForce RTX 3080 10GB", 320, board, 10, 119, 29.8, 2020, datasheet},
    {"NVIDIA GeForce RTX 3080 12GB", 350, board, 12, 122, 30.6, 2022, datasheet},
    {"NVIDIA GeForce RTX 3080 Ti", 350, board, 12, 136, 34.1, 2021, datasheet},
    {"NVIDIA GeForce RTX 3090", 350, board, 24, 142, 35.6, 2020, datasheet},
    {"NVIDIA GeForce RTX 3090 Ti", 450, board, 24, 160, 40, 2022, datasheet},
    {"NVIDIA GeForce RTX 4060", 115, board, 8, none, 15.1, 2023, datasheet},
    {"NVIDIA GeForce RTX 4060 Ti 16GB", 165, board, 16, none, 22.1, 2023, datasheet},
    {"NVIDIA GeForce RTX 4060 Ti 8GB", 160, board, 8, none, 22.1, 2023, datasheet},
    {"NVIDIA GeForce RTX 4070", 200, board, 12, none, 29.1, 2023, datasheet},
    {"NVIDIA GeForce RTX 4070 SUPER", 220, board, 12, none, 35.5, 2024, datasheet},
    {"NVIDIA GeForce RTX 4070 Ti", 285, board, 12, 160.4, 40.1, 2023, datasheet},
    {"NVIDIA GeForce RTX 4070 Ti SUPER", 285, board, 16, none, 44.1, 2024, datasheet},
    {"NVIDIA GeForce RTX 4080", 320, board, 16, 194.9, 48.7, 2022, datasheet},
    {"NVIDIA GeForce RTX 4080 SUPER", 320, board, 16, none, 52.2, 2024, datasheet},
    {"NVIDIA GeForce RTX 4090", 450, board, 24, 330.3, 82.6, 2022, datasheet},
    {"NVIDIA GeForce RTX 4090 D", 425, board, 24, none, 73.5, 2023, datasheet},
    {"NVIDIA GeForce RTX 5060", 145, board, 8, none, 19.2, 2025, datasheet},
    {"NVIDIA GeForce RTX 5060 Ti", 180, board, 16, none, 23.7, 2025, datasheet},
    {"NVIDIA GeForce RTX 5070", 250, board, 12, none, 30.9, 2025, datasheet},
    {"NVIDIA GeForce RTX 5070 Ti", 300, board, 16, none, 43.9, 2025, datasheet},
    {"NVIDIA GeForce RTX 5080", 360, board, 16, none, 56.3, 2025, datasheet},
    {"NVIDIA GeForce RTX 5090", 575, board, 32, 419, 104.8, 2025, datasheet},
    {"NVIDIA GH200 480GB", 1000, board, 96, 989.4, 67, 2023, datasheet, "superchip module limit incl. Grace CPU (450-1000 W)"},
    {"NVIDIA H100 NVL 94GB", 400, board, 94, 835, 60, 2023, datasheet},
    {"NVIDIA H100 PCIe 80GB", 350, board, 80, 756, 51, 2022, datasheet},
    {"NVIDIA H100 SXM5 80GB", 700, board, 80, 989.4, 67, 2022, datasheet},
    {"NVIDIA H20 SXM5 96GB", 400, board, 96, 148, 44, 2024, datasheet},
    {"NVIDIA H200 NVL 141GB", 600, board, 141, 835, 60, 2024, datasheet},
    {"NVIDIA H200 SXM5 141GB", 700, board, 141, 989.4, 67, 2024, datasheet},
    {"NVIDIA H800 SXM5 80GB", 700, board, 80, 989.4, 67, 2023, datasheet},
    {"NVIDIA Jetson AGX Orin 64GB", 60, module, 64, none, 5.3, 2023, datasheet},
    {"NVIDIA Jetson AGX Xavier", 30, module, 32, 11, none, 2018, datasheet},
    {"NVIDIA Jetson Nano", 10, module, 4, 0.472, 0.236, 2019, datasheet},
    {"NVIDIA Jetson Orin Nano 8GB", 15, module, 8, none, none, 2023, datasheet, "25 W in Super mode"},
    {"NVIDIA Jetson Orin NX 16GB", 25, module, 16, none, none, 2023, datasheet, "40 W in Super mode"},
    {"NVIDIA Jetson Thor T5000", 130, module, 128, none, none, 2025, datasheet},
    {"NVIDIA Jetson TX2", 15, module, 8, 1.33, 0.67, 2017, datasheet},
    {"NVIDIA Jetson Xavier NX", 20, module, 8, none, none, 2020, datasheet},
    {"NVIDIA L4", 72, board, 24, 121, 30.3, 2023, datasheet},
    {"NVIDIA L40", 300, board, 48, 181, 90.5, 2022, datasheet},
    {"NVIDIA L40S", 350, board, 48, 362, 91.6, 2023, datasheet},
    {"NVIDIA Quadro RTX 6000", 260, board, 24, 130.5, 16.3, 2018, datasheet, "295 W total board power"},
    {"NVIDIA Quadro RTX 8000", 260, board, 48, 130.5, 16.3, 2018, datasheet, "295 W total board power"},
    {"NVIDIA RTX 4000 Ada", 130, board, 20, none, 26.7, 2023, datasheet},
    {"NVIDIA RTX 5000 Ada", 250, board, 32, 261.1, 65.3, 2023, datasheet},
    {"NVIDIA RTX 6000 Ada", 300, board, 48, 364.2, 91.1, 2022, datasheet},
    {"NVIDIA RTX A4000", 140, board, 16, 76.7, 19.2, 2021, datasheet},
    {"NVIDIA RTX A5000", 230, board, 24, 111.1, 27.8, 2021, datasheet},
    {"NVIDIA RTX A6000", 300, board, 48, 154.8, 38.7, 2020, datasheet},
    {"NVIDIA RTX PRO 6000 Blackwell", 600, board, 96, none, 125, 2025, datasheet},
    {"NVIDIA Tesla K40", 235, board, 12, none, 4.29, 2013, datasheet},
    {"NVIDIA Tesla K80", 300, board, 24, none, 8.73, 2014, datasheet, "two GPUs; boost fp32"},
    {"NVIDIA Tesla M40", 250, board, 12, none, 6.8, 2015, datasheet},
    {"NVIDIA Tesla M60", 300, board, 16, none, 9.65, 2015, datasheet},
    {"NVIDIA Tesla P100 PCIe 16GB", 250, board, 16, 18.7, 9.3, 2016, datasheet},
    {"NVIDIA Tesla P100 SXM2 16GB", 300, board, 16, 21.2, 10.6, 2016, datasheet},
    {"NVIDIA Tesla P4", 75, board, 8, none, 5.5, 2016, datasheet},
    {"NVIDIA Tesla P40", 250, board, 24, none, 11.8, 2016, datasheet},
    {"NVIDIA Tesla T4", 70, board, 16, 65, 8.1, 2018, datasheet},
    {"NVIDIA Tesla V100 PCIe 16GB", 250, board, 16, 112, 14, 2017, datasheet},
    {"NVIDIA Tesla V100 PCIe 32GB", 250, board, 32, 112, 14, 2018, datasheet},
    {"NVIDIA Tesla V100 SXM2 16GB", 300, board, 16, 125, 15.7, 2017, datasheet},
    {"NVIDIA Tesla V100 SXM2 32GB", 300, board, 32, 125, 15.7, 2018, datasheet},
    {"NVIDIA Tesla V100 SXM3 32GB", 350, board, 32, 125, 15.7, 2018, datasheet},
    {"NVIDIA Tesla V100S PCIe 32GB", 250, board, 32, 130, 16.4, 2019, datasheet},
    {"NVIDIA TITAN RTX", 280, board, 24, 130, 16.3, 2018, datasheet},
    {"NVIDIA TITAN V", 250, board, 12, 110, 13.8, 2017, datasheet},
    {"NVIDIA TITAN X (Pascal)", 250, board, 12, none, 11, 2016, datasheet},
    {"NVIDIA TITAN Xp", 250, board, 12, none, 12.1, 2017, datasheet},
};

}  // namespace detail::device_table
}  // namespace plan
}  // namespace v1
}  // namespace kaya
