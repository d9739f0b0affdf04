namespace Engine.Bench.Support;

/// <summary>A way to bring numbered 16-byte events from producers to consumers, who sum up the numbers.</summary>
internal interface IEventTransfer : IDisposable
{
    string Name { get; }

    /// <summary>Events of one run; slow queues get fewer, so that a round stays short.</summary>
    long EventCount { get; }

    /// <summary>Sends events numbered from 0 and returns when the consumers have seen the last.</summary>
    /// <param name="count">Number of events.</param>
    /// <returns>Sum of the numbers as the consumers saw them.</returns>
    ulong Run(long count);

    /// <summary>The sum that shows that each event arrived as often as it should.</summary>
    ulong ExpectedSum(long count) => Checksum.Expected(count);
}
