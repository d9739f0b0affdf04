namespace Engine.Hosting;

/// <summary>Which sequences events have that are published behind a rewind.</summary>
public enum RewindSequences
{
    /// <summary>
    /// Those that they had: for a host that does the same again. Who has had an event knows it by its sequence.
    /// </summary>
    Repeat,

    /// <summary>
    /// New ones, for a host that does something else each time: no two events have one sequence. What was published behind the cut is
    /// undone: it has the sequences from those of the cut's positions up to before those of
    /// <see cref="Publish.EventProducer.GetPosition"/> now.
    /// </summary>
    GoOn,
}
