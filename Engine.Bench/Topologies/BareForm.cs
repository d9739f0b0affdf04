namespace Engine.Bench.Topologies;

/// <summary>How the producer of a bare ring fills it.</summary>
internal enum BareForm
{
    /// <summary>A slot, then the cursor.</summary>
    OneByOne,

    /// <summary>The same, after one store into each cache line of the next run of slots.</summary>
    LinesAhead,

    /// <summary>A run of slots, then the cursor.</summary>
    Spans,
}
