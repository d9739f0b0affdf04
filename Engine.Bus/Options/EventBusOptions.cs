using Engine.Bus.Options;
using Microsoft.Extensions.Logging;

namespace Engine.Bus;

/// <summary>How a bus works. What a subscription's own options leave open is taken from here.</summary>
public sealed class EventBusOptions
{
    /// <summary>The name of a bus's section in configurations, and of the root in error messages about options made in code.</summary>
    public const string SectionName = "EventBus";

    /// <summary>
    /// How deep handlers may be nested: a handler that publishes, whose handler publishes, and so on. 1 to 15, by default 8. Read when
    /// the bus is made.
    /// </summary>
    public int MaxDepth { get; set; } = 8;

    /// <summary>
    /// How many handlers may lead to one event, those behind queues included: at least 1, by default 64. Read when the bus is made.
    /// </summary>
    public int MaxCausationDepth { get; set; } = 64;

    /// <summary>
    /// Id of the virtual machine whose events the bus carries, for filters; null if they belong to none. Read when the bus is made.
    /// </summary>
    public string? VmId { get; set; }

    /// <summary>The mode of subscriptions that do not choose one.</summary>
    public ProcessingMode DefaultMode { get; set; }

    /// <summary>How subscriptions in batch mode collect events.</summary>
    public BatchOptions Batch { get; set; } = new();

    /// <summary>How subscriptions that have a queue are served.</summary>
    public AsyncOptions Async { get; set; } = new();

    /// <summary>How often and when a failed handler is tried again; by default not.</summary>
    public RetryOptions Retry { get; set; } = RetryOptions.None;

    /// <summary>
    /// How long the disposal of the bus waits for what is queued, by the system's clock: from zero to a day, by default 3 seconds. What
    /// has not ended then is given up. To wait longer, and to know what was given up, there is <see cref="IEventBus.StopAsync"/>.
    /// </summary>
    public TimeSpan DisposeTimeout { get; set; } = TimeSpan.FromSeconds(3);
    /// <summary>What holds for subscriptions to messages that do not say otherwise. Read when the bus is made.</summary>
    public MessageOptions Messages { get; set; } = new();

    /// <summary>How the bus is watched, and what counts as trouble.</summary>
    public MetricsOptions Metrics { get; set; } = new();

    /// <summary>
    /// Called for each exception of a handler or a filter, on the thread that ran it. What it throws is dropped. Read when the bus is
    /// made.
    /// </summary>
    public Action<BusHandlerError>? OnHandlerError { get; set; }

    /// <summary>
    /// Where the bus says what its user should know, such as that events wait for a bus that was never started; by default the
    /// listeners of <see cref="System.Diagnostics.Trace"/>. What it throws is dropped. Read when the bus is made.
    /// </summary>
    public ILogger? Logger { get; set; }

    /// <summary>The clock. Read when the bus is made.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>A copy that later changes of this object do not reach.</summary>
    internal EventBusOptions Copy() => new()
    {
        MaxDepth = MaxDepth,
        MaxCausationDepth = MaxCausationDepth,
        VmId = VmId,
        DefaultMode = DefaultMode,
        Batch = Batch.Copy(),
        Async = Async.Copy(),
        Retry = Retry,
        DisposeTimeout = DisposeTimeout,
        Messages = Messages.Copy(),
        Metrics = Metrics.Copy(),
        OnHandlerError = OnHandlerError,
        Logger = Logger,
        TimeProvider = TimeProvider,
    };

    /// <exception cref="InvalidBusOptionsException">Rules are broken; the message lists all of them.</exception>
    internal void Validate() => BusOptionsRules.ThrowIfBroken(this, SectionName);
}
