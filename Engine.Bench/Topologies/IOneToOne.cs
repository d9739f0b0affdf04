namespace Engine.Bench.Topologies;

/// <summary>
/// One producer thread, one consumer thread, 16-byte events whose checksum the consumer computes.
/// <code>producer -> queue -> consumer</code>
/// </summary>
internal interface IOneToOne : IDisposable
{
    string Name { get; }

    /// <summary>Events of one run; slow queues get fewer, so that a round stays short.</summary>
    long EventCount { get; }

    /// <summary>Sends events numbered from 0 and returns when the consumer has seen the last.</summary>
    /// <returns>Sum of the numbers as the consumer saw them.</returns>
    ulong Run(long count);
}
