// SPDX-License-Identifier: MIT
// A neural network in plain C++ that learns to read handwritten digits, and accounts for the energy it takes:
// one hidden layer, minibatch stochastic gradient descent with momentum. Data: data/README.md.
//
//   g++ -std=c++20 -O2 -pthread -Iinclude examples/train_digits.cpp -o train_digits && ./train_digits
//   --region FR
#include <kaya/kaya.hpp>

#include "all_forms.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t pixels = 64, digits = 10, batch_size = 32;
constexpr std::string_view usage =
    "usage: train_digits [options]\n"
    "  --region CODE  where the machine stands: KR, US-CA, aws:eu-west-3 ... (default: KAYA_REGION, else the "
    "world)\n"
    "  --pue X        power usage effectiveness of the building, at least 1 (default: KAYA_PUE, else 1)\n"
    "  --epochs N     passes over the training images, 1 to 100000 (default: 30)\n"
    "  --hidden N     width of the hidden layer, 1 to 65536 (default: 1024)\n"
    "  --seed N       of the first weights and the order of the images (default: 1)\n"
    "  --data FILE    digits.csv, if it is not found by itself\n"
    "  --budget X     stop before more is used: 50J, 2Wh, 10mgCO2e, 30s\n"
    "  --autosave F   save the report as JSON to this file after each epoch\n"
    "  --out DIR      write the report into this folder in every form: HTML, JSON, CSV, LaTeX ...\n"
    "  --journal F    keep the books in F and the weights in F.weights after each epoch, and go on from "
    "there\n"
    "  --help         this text\n";

struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct settings {
  std::string region, data, autosave, journal, out;
  std::string_view budget;
  std::optional<double> pue;
  std::size_t epochs = 30, hidden = 1024, seed = 1;
  bool help = false;
};

template <class T>
T number(std::string_view option, std::string_view text, T low, T high, std::string_view allowed) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= low && value <= high))
    throw usage_error(std::string(option) + ": \"" + std::string(text) + "\" is not allowed; " +
                      std::string(allowed));
  return value;
}

settings parse(int argc, char** argv) {
  settings s;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--help") {
      s.help = true;
      return s;
    }
    if (option != "--region" && option != "--pue" && option != "--epochs" && option != "--hidden" &&
        option != "--seed" && option != "--data" && option != "--budget" && option != "--autosave" &&
        option != "--journal" && option != "--out")
      throw usage_error("unknown option \"" + std::string(option) + "\"");
    if (++i == argc) throw usage_error(std::string(option) + " needs a value");
    const std::string_view value = argv[i];
    if (option == "--region") s.region = value;
    if (option == "--pue") s.pue = number(option, value, 1.0, 1e6, "1 or more");
    if (option == "--epochs") s.epochs = number<std::size_t>(option, value, 1, 100'000, "1 to 100000");
    if (option == "--hidden") s.hidden = number<std::size_t>(option, value, 1, 65'536, "1 to 65536");
    if (option == "--seed") s.seed = number<std::size_t>(option, value, 0, UINT32_MAX, "0 to 4294967295");
    if (option == "--data") s.data = value;
    if (option == "--budget") s.budget = value;
    if (option == "--autosave") s.autosave = value;
    if (option == "--journal") s.journal = value;
    if (option == "--out") s.out = value;
  }
  return s;
}

/// A budget is whatever its unit says.
void set_budget(kaya::tracker_options& o, std::string_view text) {
  if (text.empty()) return;
  if (const auto energy = kaya::parse<kaya::joules>(text)) o.budget.energy = energy;
  else if (const auto emissions = kaya::parse<kaya::grams_co2e>(text)) o.budget.emissions = emissions;
  else if (const auto time = kaya::parse<kaya::seconds>(text)) o.budget.time = time;
  else
    throw usage_error("--budget: \"" + std::string(text) +
                      "\" is not allowed; such as 50J, 2Wh, 10mgCO2e, 30s");
}

// Written out, since the standard leaves the results of std::shuffle and the distributions to each library.
void shuffle(std::vector<std::size_t>& items, std::mt19937& random) {
  for (std::size_t n = items.size(); n > 1; --n) std::swap(items[n - 1], items[random() % n]);
}
float uniform(std::mt19937& random, float limit) {  // -limit to limit
  return (static_cast<float>(random() >> 8) / static_cast<float>(1 << 23) - 1) * limit;
}

struct image {
  float pixel[pixels];  // 0 to 1
  std::size_t digit;
};

/// Beside this source file, or near the program, wherever it is started from.
std::filesystem::path find_data() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const fs::path& folder :
       {fs::path(__FILE__).parent_path() / "data", program / "data", program / "examples/data",
        program / "../examples/data", program / "../../examples/data", fs::path("examples/data")})
    if (fs::exists(folder / "digits.csv", ignored)) return folder / "digits.csv";
  throw std::runtime_error("cannot find digits.csv; say where with --data FILE");
}

std::vector<image> load(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::vector<image> images;
  std::string line;
  while (std::getline(file, line)) {
    image next{};
    const char *at = line.data(), *const end = at + line.size();
    for (std::size_t i = 0; i <= pixels; ++i) {
      unsigned value = 0;
      const auto [stop, error] = std::from_chars(at, end, value);
      const bool last = i == pixels;
      if (error != std::errc() || value > (last ? 9U : 16U) ||
          (last ? stop != end : stop == end || *stop != ','))
        throw std::runtime_error(path.string() + ", line " + std::to_string(images.size() + 1) +
                                 ": not 64 pixels of 0 to 16 and a digit");
      if (last) next.digit = value;
      else next.pixel[i] = static_cast<float>(value) / 16;
      at = stop + 1;
    }
    images.push_back(next);
  }
  if (images.size() < 100) throw std::runtime_error(path.string() + ": too few images");
  return images;
}

/// Weights and biases from one layer to the next, their gradient and their momentum.
struct layer {
  layer(std::size_t inputs, std::size_t outputs, std::mt19937& random)
      : in(inputs), out(outputs), weight((in + 1) * out), gradient(weight.size()), velocity(weight.size()) {
    const float limit = std::sqrt(6.0F / static_cast<float>(in));  // He et al. (2015), for rectified units
    for (std::size_t i = 0; i < in * out; ++i) weight[i] = uniform(random, limit);
  }
  const float* bias() const { return weight.data() + in * out; }

  void forward(const float* x, float* y) const {
    for (std::size_t j = 0; j < out; ++j) y[j] = bias()[j];
    for (std::size_t i = 0; i < in; ++i) {
      if (x[i] == 0) continue;  // half of the pixels, half of the hidden units
      const float* const w = weight.data() + i * out;
      for (std::size_t j = 0; j < out; ++j) y[j] += x[i] * w[j];
    }
  }
  /// Adds to the gradient what an error dy of the outputs says, and passes it on to the inputs unless dx is
  /// null.
  void backward(const float* x, const float* dy, float* dx) {
    for (std::size_t j = 0; j < out; ++j) gradient[in * out + j] += dy[j];
    for (std::size_t i = 0; i < in; ++i) {
      if (dx != nullptr) dx[i] = 0;
      if (x[i] == 0) continue;  // no gradient passes a unit at rest
      const float* const w = weight.data() + i * out;
      float* const g = gradient.data() + i * out;
      for (std::size_t j = 0; j < out; ++j) g[j] += x[i] * dy[j];
      if (dx == nullptr) continue;
      for (std::size_t j = 0; j < out; ++j) dx[i] += w[j] * dy[j];
    }
  }
  void update(float rate, float momentum) {
    for (std::size_t i = 0; i < weight.size(); ++i) {
      velocity[i] = momentum * velocity[i] - rate * gradient[i];
      weight[i] += velocity[i];
      gradient[i] = 0;
    }
  }

  /// f(bytes, size) for what a checkpoint has to hold.
  template <class F>
  void each_part(F&& f) {
    for (std::vector<float>* const v : {&weight, &velocity})
      f(reinterpret_cast<char*>(v->data()), static_cast<std::streamsize>(v->size() * sizeof(float)));
  }

  std::size_t in, out;
  std::vector<float> weight, gradient, velocity;  // in rows of out, then the biases
};

class network {
 public:
  network(std::size_t hidden, std::mt19937& random)
      : first_(pixels, hidden, random), second_(hidden, digits, random), hidden_(batch_size * hidden) {}

  /// Probabilities of the ten digits for each image of a batch.
  void forward(const std::vector<image>& images, const std::size_t* batch, std::size_t n) {
    const auto scope = kaya::scope("forward");  // on the tracker alive, wherever that is
    for (std::size_t s = 0; s < n; ++s) {
      float* const h = hidden_.data() + s * first_.out;
      first_.forward(images[batch[s]].pixel, h);
      for (std::size_t j = 0; j < first_.out; ++j) h[j] = h[j] > 0 ? h[j] : 0;
      float* const p = output_[s];
      second_.forward(h, p);
      float top = p[0], sum = 0;
      for (std::size_t k = 1; k < digits; ++k) top = p[k] > top ? p[k] : top;
      for (std::size_t k = 0; k < digits; ++k) sum += p[k] = std::exp(p[k] - top);
      for (std::size_t k = 0; k < digits; ++k) p[k] /= sum;
    }
  }
  /// The gradient of the mean cross entropy; returns the sum over the batch.
  double backward(const std::vector<image>& images, const std::size_t* batch, std::size_t n) {
    const auto scope = kaya::scope("backward");
    std::vector<float> dh(first_.out);
    double loss = 0;
    for (std::size_t s = 0; s < n; ++s) {
      float* const p = output_[s];
      loss -= std::log(static_cast<double>(p[images[batch[s]].digit]) + 1e-30);
      p[images[batch[s]].digit] -= 1;
      for (std::size_t k = 0; k < digits; ++k) p[k] /= static_cast<float>(n);
      second_.backward(hidden_.data() + s * first_.out, p, dh.data());
      first_.backward(images[batch[s]].pixel, dh.data(), nullptr);
    }
    return loss;
  }
  void update(float rate, float momentum) {
    const auto scope = kaya::scope("update");
    first_.update(rate, momentum);
    second_.update(rate, momentum);
  }
  template <class F>
  void each_part(F&& f) {
    first_.each_part(f);
    second_.each_part(f);
  }
  std::size_t answer(std::size_t s) const {
    std::size_t best = 0;
    for (std::size_t k = 1; k < digits; ++k) best = output_[s][k] > output_[s][best] ? k : best;
    return best;
  }

 private:
  layer first_, second_;
  std::vector<float> hidden_;
  float output_[batch_size][digits]{};
};

/// f(first, n) for each batch of the images in their order.
template <class F>
void for_each_batch(const std::vector<std::size_t>& order, F&& f) {
  for (std::size_t at = 0; at < order.size(); at += batch_size)
    f(order.data() + at, order.size() - at < batch_size ? order.size() - at : batch_size);
}

/// What a training run needs to go on after its first n epochs.
struct checkpoint {
  std::filesystem::path path;

  void save(std::size_t done, network& net, const std::mt19937& random,
            const std::vector<std::size_t>& order) const {
    if (path.empty()) return;
    const std::filesystem::path fresh = path.string() + ".new";
    std::ofstream file(fresh, std::ios::binary);
    file << done << ' ' << random;
    for (const std::size_t i : order) file << ' ' << i;
    file << '\n';
    net.each_part([&](const char* bytes, std::streamsize n) { file.write(bytes, n); });
    file.close();
    if (!file) throw std::runtime_error("cannot write " + fresh.string());
    std::filesystem::rename(fresh, path);
  }
  /// Gives the number of epochs done; 0 without a checkpoint.
  std::size_t load(network& net, std::mt19937& random, std::vector<std::size_t>& order) const {
    std::ifstream file(path, std::ios::binary);
    if (path.empty() || !file) return 0;
    std::size_t done = 0;
    file >> done >> random;
    for (std::size_t& i : order) file >> i;
    file.get();
    net.each_part([&](char* bytes, std::streamsize n) { file.read(bytes, n); });
    if (!file || file.peek() != std::ifstream::traits_type::eof())
      throw std::runtime_error(path.string() + " is not of such a network");
    return done;
  }
};

template <class Q>
std::string shown(Q q) {
  return q == q ? kaya::humanize(q) : "unknown";  // NaN where nothing could be measured or modelled
}

void train(const settings& s) {
  kaya::tracker_options options{.project = "digits",
                                .region = s.region,
                                .pue = s.pue,
                                .total_epochs = static_cast<int>(s.epochs),
                                .work_unit = "images",
                                .autosave = {.path = s.autosave},
                                .journal = {.path = s.journal},
                                .resume = !s.journal.empty()};
  set_budget(options, s.budget);
  if (!s.out.empty()) std::filesystem::create_directories(s.out);  // or fail now, and not after hours
  kaya::tracker run(options);

  std::vector<image> images;
  {
    const auto scope = run.scope("load data");
    images = load(s.data.empty() ? find_data() : std::filesystem::path(s.data));
  }
  std::vector<std::size_t> training(images.size());
  for (std::size_t i = 0; i < images.size(); ++i) training[i] = i;
  std::mt19937 split(0);  // every seed is tested on the same fifth
  shuffle(training, split);
  const std::vector<std::size_t> test(training.end() - static_cast<std::ptrdiff_t>(images.size() / 5),
                                      training.end());
  training.resize(training.size() - test.size());

  std::mt19937 random(static_cast<std::uint32_t>(s.seed));
  network net(s.hidden, random);
  const checkpoint saved{s.journal.empty() ? std::string() : s.journal + ".weights"};
  const std::size_t first = saved.load(net, random, training);
  run.rewind(static_cast<int>(first));  // what was done after the checkpoint is to be done again
  std::printf("%zu images to learn from, %zu to test on\n\n", training.size(), test.size());
  if (first > 0)
    std::printf("goes on after %zu epochs, which took %s\n\n", first, shown(run.energy()).c_str());
  std::printf("epoch      energy       power   emissions    loss   accuracy\n");

  for (std::size_t i = first; i < s.epochs; ++i) {
    if (run.budget().next_epoch_exceeds()) {
      std::printf("\nstopped before epoch %zu, which would exceed the budget of %s\n", i,
                  std::string(s.budget).c_str());
      break;
    }
    const auto start = std::chrono::steady_clock::now();
    auto epoch = run.epoch();  // takes a sample
    const kaya::grams_co2e before = run.emissions();
    double loss = 0;
    {
      const auto train_scope = run.scope("train");
      {
        const auto scope = run.scope("shuffle");
        shuffle(training, random);
      }
      const float rate = 0.05F / (1 + 0.05F * static_cast<float>(i));
      for_each_batch(training, [&](const std::size_t* batch, std::size_t n) {
        net.forward(images, batch, n);
        loss += net.backward(images, batch, n);
        net.update(rate, 0.9F);
      });
    }
    std::size_t right = 0;
    {
      const auto scope = run.scope("evaluate");
      for_each_batch(test, [&](const std::size_t* batch, std::size_t n) {
        net.forward(images, batch, n);
        for (std::size_t k = 0; k < n; ++k) right += net.answer(k) == images[batch[k]].digit;
      });
    }
    loss /= static_cast<double>(training.size());
    const double accuracy = static_cast<double>(right) / static_cast<double>(test.size());
    epoch.add_work(static_cast<double>(training.size()));
    epoch.metric("loss", loss);
    epoch.metric("accuracy", accuracy);
    run.metric("accuracy", accuracy);
    epoch.close();  // takes a sample, so the figures below are of this epoch

    const kaya::joules energy = epoch.energy();
    const kaya::watts power = energy / kaya::seconds(std::chrono::steady_clock::now() - start);
    std::printf("%5zu %11s %11s %11s %7.4f %8.2f %%\n", i, shown(energy).c_str(), shown(power).c_str(),
                shown(run.emissions() - before).c_str(), loss, 100 * accuracy);
    std::fflush(stdout);
    saved.save(i + 1, net, random, training);
  }
  const kaya::run_report report = run.stop();
  std::cout << '\n' << report;
  if (!s.out.empty()) forms::write_all(report, s.out);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const settings s = parse(argc, argv);
    if (s.help) {
      std::cout << usage;
      return 0;
    }
    train(s);
    return 0;
  } catch (const usage_error& e) {
    std::cerr << "train_digits: " << e.what() << '\n' << usage;
    return 2;
  } catch (const kaya::config_error& e) {
    std::cerr << "train_digits: " << e.what() << "\n(--help lists the options)\n";
    return 2;
  } catch (const std::exception& e) {
    std::cerr << "train_digits: " << e.what() << '\n';
    return 1;
  }
}
