"""Where every file of a study lies. The commands and the workflow take their paths from here alone."""

from dataclasses import dataclass
from pathlib import Path

from freqbench.config import Config

Number = int | str
"""A number of a split or a seed, or a wildcard for it."""

TABLE_FORMS = ("csv", "md", "html", "tex")
"""Suffixes of a table: its numbers, for a README, for a browser, for a paper."""


@dataclass(frozen=True)
class Layout:
    """Paths below ``<results>/<name>``.

    What depends on the split takes its number. A name may also be a wildcard such as ``{dataset}``: the workflow
    makes its rules that way.
    """

    root: Path

    @classmethod
    def of(cls, config: Config) -> "Layout":
        """Return the layout of a study."""
        return cls(config.results / config.name)

    @property
    def config(self) -> Path:
        """The configuration that is in force, overrides included."""
        return self.root / "config.json"

    @property
    def preflight(self) -> Path:
        """What was checked before anything was computed."""
        return self.root / "preflight.json"

    @property
    def manifest(self) -> Path:
        """How everything was made: versions, hashes, times."""
        return self.root / "run.json"

    @property
    def report(self) -> Path:
        """The whole study as one page."""
        return self.root / "report.html"

    def images(self, dataset: str) -> Path:
        """Folder of simulated or unpacked images."""
        return self.root / "data" / dataset / "images"

    def source(self, dataset: str) -> Path:
        """Where the images are and the hash of each."""
        return self.root / "data" / dataset / "source.json"

    def index(self, dataset: str) -> Path:
        """Manifest of the image pairs."""
        return self.root / "data" / dataset / "images.csv"

    def exclusions(self, dataset: str) -> Path:
        """Files that are left out, with the reason."""
        return self.root / "data" / dataset / "exclusions.csv"

    def similarity(self, dataset: str) -> Path:
        """How fields of view are related, each pair registered once."""
        return self.root / "data" / dataset / "similarity.json"

    def _of_split(self, dataset: str, split: Number) -> Path:
        """Folder of the data of one split."""
        return self.root / "data" / dataset / f"split{split}"

    def split(self, dataset: str, split: Number) -> Path:
        """Side of each field of view."""
        return self._of_split(dataset, split) / "split.csv"

    def audit(self, dataset: str, split: Number) -> Path:
        """Verdict on leakage, with every measurement."""
        return self._of_split(dataset, split) / "audit.json"

    def mask(self, dataset: str, split: Number) -> Path:
        """Area of each test field of view that no train field of view shows."""
        return self._of_split(dataset, split) / "usable_area.npz"

    def audit_figure(self, dataset: str, split: Number, suffix: str) -> Path:
        """The leakage audit figure as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_split{split}_audit.{suffix}"

    def patch_table(self, dataset: str, split: Number) -> Path:
        """Identity and position of each patch."""
        return self._of_split(dataset, split) / "patches" / "patches.csv"

    def noisy_patches(self, dataset: str, split: Number) -> Path:
        """Degraded patches, integers as read."""
        return self._of_split(dataset, split) / "patches" / "noisy.npy"

    def clean_patches(self, dataset: str, split: Number) -> Path:
        """Clean patches, integers as read."""
        return self._of_split(dataset, split) / "patches" / "clean.npy"

    def nucleus_labels(self, dataset: str) -> Path:
        """Label image of the nuclei of each field of view."""
        return self.root / "data" / dataset / "nuclei" / "labels.npz"

    def nuclei(self, dataset: str) -> Path:
        """Number, box, crop and exclusion of each nucleus."""
        return self.root / "data" / dataset / "nuclei" / "nuclei.csv"

    def segmentation(self, dataset: str) -> Path:
        """How the nuclei were found: segmenter, weights, counts."""
        return self.root / "data" / dataset / "nuclei" / "segmentation.json"

    def segment_figure(self, dataset: str, suffix: str) -> Path:
        """The nuclei over the clean images as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_nuclei.{suffix}"

    def noise(self, dataset: str) -> Path:
        """The noise model of a data set, with how it was measured."""
        return self.root / "noise" / f"{dataset}.json"

    def noise_points(self, dataset: str) -> Path:
        """Mean and variance by level, tidy."""
        return self.root / "noise" / f"{dataset}.csv"

    def noise_figure(self, dataset: str, suffix: str) -> Path:
        """The noise figure as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_noise.{suffix}"

    def calibration(self, dataset: str, method: str, split: Number) -> Path:
        """Weight of the frequency loss, with the gradients it comes from."""
        return self.root / "calibration" / dataset / f"split{split}" / f"{method}.json"

    def calibration_table(self, dataset: str, suffix: str) -> Path:
        """Initial gradients and weights of all frequency losses on the first split, as ``json``, ``csv`` or ``md``."""
        return self.root / "calibration" / f"{dataset}_calibration.{suffix}"

    def sensitivity(self, dataset: str) -> Path:
        """What each loss makes of each frequency on the first split, tidy."""
        return self.root / "sensitivity" / f"{dataset}.csv"

    def sensitivity_manifest(self, dataset: str) -> Path:
        """How the sensitivity was measured."""
        return self.root / "sensitivity" / f"{dataset}_loss_sensitivity.json"

    def sensitivity_figure(self, dataset: str, suffix: str) -> Path:
        """The loss sensitivity figure as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_loss_sensitivity.{suffix}"

    @property
    def image_fit(self) -> Path:
        """Metrics and spectral errors of the fitted image over the iterations, tidy."""
        return self.root / "image_fit" / "values.csv"

    @property
    def image_fit_pictures(self) -> Path:
        """The image that is fitted, and what the networks show of it at powers of 2 of the iterations."""
        return self.root / "image_fit" / "pictures.npz"

    @property
    def image_fit_manifest(self) -> Path:
        """How the image was chosen and fitted."""
        return self.root / "image_fit" / "image_fit.json"

    def image_fit_table(self, suffix: str) -> Path:
        """When each objective fills which frequencies, with a suffix of `TABLE_FORMS`."""
        return self.root / "tables" / f"image_fit.{suffix}"

    def image_fit_figure(self, suffix: str) -> Path:
        """The fitted image and its spectrum over the iterations as ``png`` or ``pdf``."""
        return self.root / "figures" / f"image_fit.{suffix}"

    def generator(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Weights of the trained generator."""
        return self.root / "training" / dataset / method / f"split{split}_seed{seed}" / "generator.pt"

    def training_log(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Loss terms over the iterations, one JSON object a line."""
        return self.root / "training" / dataset / method / f"split{split}_seed{seed}" / "log.jsonl"

    def training_manifest(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """How this training was made."""
        return self.root / "training" / dataset / method / f"split{split}_seed{seed}" / "run.json"

    def training_state(self, dataset: str, method: str, split: Number, seed: Number, fingerprint: str) -> Path:
        """State of an unfinished training; no step declares it, so that a workflow engine leaves it alone."""
        return self.root / "state" / dataset / method / f"split{split}_seed{seed}-{fingerprint}.pt"

    def training_divergence(self, dataset: str, method: str, split: Number, seed: Number, fingerprint: str) -> Path:
        """What a training was doing when it diverged, as ``json``; its state then lies beside it as ``pt``."""
        return self.root / "state" / dataset / method / f"split{split}_seed{seed}-{fingerprint}.diverged.json"

    def snapshots(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Folder of the generators that a finished training has kept on its way."""
        return self.root / "training" / dataset / method / f"split{split}_seed{seed}" / "snapshots"

    def unfinished_snapshots(self, dataset: str, method: str, split: Number, seed: Number, fingerprint: str) -> Path:
        """Folder of the generators that an unfinished training has kept so far; no step declares it."""
        return self.root / "state" / dataset / method / f"split{split}_seed{seed}-{fingerprint}.snapshots"

    def training_samples(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Folder of the images that a training shows now and then; no step declares it."""
        return self.root / "training" / dataset / method / f"split{split}_seed{seed}" / "samples"

    def training_events(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Folder of a training's records for TensorBoard; no step declares it."""
        return self.root / "training" / dataset / method / f"split{split}_seed{seed}" / "tensorboard"

    def restored(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Restored test patches, float32 in [0, 1]."""
        return self.root / "restored" / dataset / method / f"split{split}_seed{seed}.npy"

    def control_record(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """How a control was made: its parameters and the curve they come from."""
        return self.root / "restored" / dataset / method / f"split{split}_seed{seed}.json"

    def image_metrics(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Metrics of each patch, tidy."""
        return self.root / "metrics" / dataset / method / f"split{split}_seed{seed}.csv"

    def set_metrics(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Metrics of the whole set of patches, tidy."""
        return self.root / "metrics" / dataset / method / f"split{split}_seed{seed}_set.csv"

    def set_left_out(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Metrics of the set of patches without each field of view in turn, tidy."""
        return self.root / "metrics" / dataset / method / f"split{split}_seed{seed}_set_fovs.csv"

    def learning_curve(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Metrics of test patches after 1, 2, 4, ... iterations of a training, tidy."""
        return self.root / "metrics" / dataset / method / f"split{split}_seed{seed}_learning.csv"

    def averaging(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Error of means of restored captures, its bias and its variance, by field of view, tidy."""
        return self.root / "metrics" / dataset / method / f"split{split}_seed{seed}_averaging.csv"

    def spectra(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Fourier ring correlation and power of each field of view by frequency, tidy."""
        return self.root / "metrics" / dataset / method / f"split{split}_seed{seed}_spectra.csv"

    def nucleus_metrics(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Metrics of each nucleus, tidy."""
        return self.root / "metrics" / dataset / method / f"split{split}_seed{seed}_nuclei.csv"

    def nucleus_set_metrics(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Metrics of the whole set of crops of nuclei, tidy."""
        return self.root / "metrics" / dataset / method / f"split{split}_seed{seed}_nuclei_set.csv"

    def nucleus_set_left_out(self, dataset: str, method: str, split: Number, seed: Number) -> Path:
        """Metrics of the set of crops without each field of view in turn, tidy."""
        return self.root / "metrics" / dataset / method / f"split{split}_seed{seed}_nuclei_set_fovs.csv"

    def nucleus_statistics(self, dataset: str) -> Path:
        """Tested differences between methods, on nuclei."""
        return self.root / "statistics" / f"{dataset}_nuclei.csv"

    def gathered(self, dataset: str, kind: str) -> Path:
        """Metrics of all runs on a data set, of a kind of `freqbench.gathered`: a copy of their tidy files."""
        return self.root / "metrics" / dataset / f"{kind}.parquet"

    def statistics(self, dataset: str) -> Path:
        """Tested differences between methods."""
        return self.root / "statistics" / f"{dataset}.csv"

    def variance(self, dataset: str) -> Path:
        """Variance components of scores and of differences between methods."""
        return self.root / "statistics" / f"{dataset}_variance.csv"

    def power(self, dataset: str) -> Path:
        """Fields of view and trainings that the observed differences need."""
        return self.root / "statistics" / f"{dataset}_power.csv"

    def variance_table(self, suffix: str) -> Path:
        """Variance components, and what they ask of a study, with a suffix of `TABLE_FORMS`."""
        return self.root / "tables" / f"variance.{suffix}"

    @property
    def null_simulation(self) -> Path:
        """How often the analyses find a difference where there is none."""
        return self.root / "statistics" / "null_simulation.csv"

    def null_figure(self, suffix: str) -> Path:
        """The figure of that simulation as ``png`` or ``pdf``."""
        return self.root / "figures" / f"null_simulation.{suffix}"

    def null_table(self, suffix: str) -> Path:
        """Its numbers as ``md``, ``html`` or ``tex``."""
        return self.root / "tables" / f"null_simulation.{suffix}"

    def table(self, suffix: str) -> Path:
        """Table 1, with a suffix of `TABLE_FORMS`."""
        return self.root / "tables" / f"table1.{suffix}"

    def differences_table(self, suffix: str) -> Path:
        """Tested differences between methods, with a suffix of `TABLE_FORMS`."""
        return self.root / "tables" / f"differences.{suffix}"

    def differences_figure(self, dataset: str, suffix: str) -> Path:
        """Differences to the reference method as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_differences.{suffix}"

    def distribution_figure(self, dataset: str, suffix: str) -> Path:
        """Metrics by field of view and method as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_distributions.{suffix}"

    def tradeoff_figure(self, dataset: str, suffix: str) -> Path:
        """LPIPS and the distance between sets against PSNR as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_tradeoff.{suffix}"

    def training_figure(self, dataset: str, suffix: str) -> Path:
        """Loss terms over the iterations as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_training.{suffix}"

    def learning_figure(self, dataset: str, suffix: str) -> Path:
        """Metrics of test patches over the iterations as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_learning.{suffix}"

    def averaging_figure(self, dataset: str, suffix: str) -> Path:
        """Error of means of restored captures as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_averaging.{suffix}"

    def averaging_table(self, suffix: str) -> Path:
        """Bias and variance of restored captures, with a suffix of `TABLE_FORMS`."""
        return self.root / "tables" / f"averaging.{suffix}"

    def residual_figure(self, dataset: str, suffix: str) -> Path:
        """Spectra of what is left of the error, as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_residuals.{suffix}"

    def matrix_table(self, suffix: str) -> Path:
        """What each loss does with each generator, with a suffix of `TABLE_FORMS`."""
        return self.root / "tables" / f"matrix.{suffix}"

    def matrix_figure(self, dataset: str, suffix: str) -> Path:
        """The same as a figure, ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_matrix.{suffix}"

    def sweep_figure(self, dataset: str, suffix: str) -> Path:
        """Metrics over the weight of a loss or one of its options, as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_sweeps.{suffix}"

    def leakage_table(self, suffix: str) -> Path:
        """What scores owe to leakage, with a suffix of `TABLE_FORMS`."""
        return self.root / "tables" / f"leakage.{suffix}"

    def frc_table(self, suffix: str) -> Path:
        """Resolution by Fourier ring correlation, with a suffix of `TABLE_FORMS`."""
        return self.root / "tables" / f"frc.{suffix}"

    def frc_figure(self, dataset: str, suffix: str) -> Path:
        """Fourier ring correlation and power by frequency as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_frc.{suffix}"

    def fov_table(self, suffix: str) -> Path:
        """The mean of each field of view, with a suffix of `TABLE_FORMS`."""
        return self.root / "tables" / f"fields_of_view.{suffix}"

    def image_table(self, suffix: str) -> Path:
        """The values of single images, with a suffix of `TABLE_FORMS`."""
        return self.root / "tables" / f"images.{suffix}"

    def cost_table(self, suffix: str) -> Path:
        """What the trainings took, with a suffix of `TABLE_FORMS`."""
        return self.root / "tables" / f"costs.{suffix}"

    def nuclei_table(self, suffix: str) -> Path:
        """The table of metrics per nucleus, with a suffix of `TABLE_FORMS`."""
        return self.root / "tables" / f"nuclei.{suffix}"

    def figure(self, dataset: str, suffix: str) -> Path:
        """The comparison figure of the first split, as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_comparison.{suffix}"

    def error_figure(self, dataset: str, suffix: str) -> Path:
        """The error maps beside the comparison figure, as ``png`` or ``pdf``."""
        return self.root / "figures" / f"{dataset}_errors.{suffix}"

    def paper_audit(self, suffix: str) -> Path:
        """The audit of the papers' printed numbers as ``csv``, ``md`` or ``html``."""
        return self.root / "tables" / f"paper_audit.{suffix}"
