using System.Text.Json;
using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary><c>pipeline_progress</c>: how far a pipeline has come. The resource is the pipeline.</summary>
/// <param name="CurrentStep">The step it is at, from 1; 0 before the first.</param>
/// <param name="TotalSteps">All its steps.</param>
/// <param name="Progress">How much is done, in percent.</param>
/// <param name="StepStatus">The step it is at.</param>
public sealed record PipelineProgress(int CurrentStep, int TotalSteps, double Progress, PipelineStep StepStatus)
    : IGatewayEvent<PipelineProgress>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("pipeline.progress");

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems()
    {
        EventProblems problems = new EventProblems()
            .NotNegative(CurrentStep, "current_step")
            .Check(CurrentStep <= TotalSteps, $"current_step is {CurrentStep} and there are {TotalSteps}.")
            .Percent(Progress, "progress")
            .NotNull(StepStatus, "step_status");
        if (StepStatus is not null)
            problems.Required(StepStatus.Name, "step_status.name").Required(StepStatus.Status, "step_status.status");
        return problems.Found;
    }
}

/// <summary>A step of a pipeline.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Status">Where it is: <c>running</c>, ...</param>
/// <param name="StartTime">When it began; null before.</param>
/// <param name="Details">What the step says of itself: <c>stage</c>, <c>files_processed</c>, ...</param>
public sealed record PipelineStep(
    string Name, string Status, DateTimeOffset? StartTime, IReadOnlyDictionary<string, JsonElement>? Details);
