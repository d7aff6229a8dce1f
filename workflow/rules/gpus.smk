"""How many GPUs of this machine the jobs may take at once, where `--resources gpu=...` says so."""

from freqbench.gpu_slots import COUNT_VARIABLE, check_gpus, gpus_needed


def require_gpus():
    """Stop if there are fewer GPUs than jobs may take at once; the jobs look again, for one that got lost."""
    # a resource without a limit has the value None
    jobs = getattr(workflow.global_resources.get("gpu"), "value", None)
    # on a cluster the nodes have the GPUs, and the cluster counts them
    if jobs is None or not workflow.local_exec:
        return
    try:
        os.environ.setdefault(COUNT_VARIABLE, str(gpus_needed(jobs)))
        check_gpus()
    except FreqbenchError as error:
        raise WorkflowError(str(error)) from None
