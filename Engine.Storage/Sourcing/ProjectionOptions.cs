using System.Data.Common;
using Engine.Primitives;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Storage.Sourcing;

/// <summary>
/// Applies an event to the caller's tables, within the transaction and nowhere else. To throw is to undo the step and to end the run.
/// </summary>
/// <param name="context">The transaction, and which generation of the tables is meant.</param>
/// <param name="event">The event.</param>
/// <param name="cancellationToken">Ends the step, undone.</param>
public delegate ValueTask ProjectionAction(ProjectionContext context, StoredEvent @event, CancellationToken cancellationToken);

/// <summary>What a projection works in.</summary>
/// <param name="Transaction">The transaction; commit and rollback are the projection's business.</param>
/// <param name="Generation">Which tables: from 1, one more with each rebuild.</param>
public sealed record ProjectionContext(DbTransaction Transaction, int Generation)
{
    /// <summary>Runs a statement of the caller's within the transaction.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="parameters">Its parameters, by name without a prefix.</param>
    /// <returns>Rows that it changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using DbCommand command = Transaction.Connection!.CreateCommand();
        command.Transaction = Transaction;
        command.CommandText = sql;
        foreach ((string name, object? value) in parameters)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command.ExecuteNonQuery();
    }
}

/// <summary>How a projection works. Immutable.</summary>
public sealed record ProjectionOptions
{
    /// <summary>Events of a step at most: 1 to 1,000. The database's other writers wait for a step's transaction.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>
    /// Makes or empties the tables of a generation, before its first event, within the transaction of the context; null where there is
    /// nothing to make.
    /// </summary>
    public Func<ProjectionContext, CancellationToken, ValueTask>? Prepare { get; init; }

    /// <summary>
    /// Told of events that were trimmed before they were applied, before the ones behind them are; again where their step is. If it throws,
    /// what runs ends with that, and the place stays before the gap.
    /// </summary>
    public Action<SequenceGap>? OnGap { get; init; }

    internal static OptionTable<ProjectionOptions> Ranges { get; } = new OptionTable<ProjectionOptions>("a projection")
        .With(nameof(BatchSize), OptionRange.Of(1, 1000), static o => o.BatchSize);

    internal void Validate()
    {
        Ranges.Check(this);
    }
}

/// <summary>Where a projection is.</summary>
/// <param name="Generation">The generation in use.</param>
/// <param name="Position">The last place that is applied, or passed.</param>
/// <param name="Tail">The last place of the store.</param>
public sealed record ProjectionStatus(int Generation, long Position, long Tail)
{
    /// <summary>Places that are still to be looked at.</summary>
    public long Lag => Math.Max(0, Tail - Position);
}

/// <summary>An event could not be applied by a projection; nothing of its step was committed.</summary>
/// <param name="name">The projection.</param>
/// <param name="event">The event.</param>
/// <param name="inner">What was thrown.</param>
public sealed class ProjectionException(string name, StoredEvent @event, Exception inner)
    : InvalidOperationException($"Projection \"{name}\" could not apply {@event}: {inner.Message}", inner)
{
    /// <summary>The event.</summary>
    public StoredEvent Event { get; } = @event;
}
