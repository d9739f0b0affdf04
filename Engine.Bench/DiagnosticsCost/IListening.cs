namespace Engine.Bench.DiagnosticsCost;

/// <summary>Somebody who listens to the engine's event source during one run.</summary>
internal interface IListening : IDisposable
{
    /// <summary>What <see cref="Stop"/> counts.</summary>
    string Unit { get; }

    /// <summary>Ends listening; returns how much was heard.</summary>
    long Stop();
}

/// <summary>How much is listened to.</summary>
internal enum SessionLevel
{
    Informational = 4,
    Verbose = 5,
}
