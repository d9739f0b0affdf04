namespace Engine.Bench.Support;

/// <summary>The command line asks for what cannot be done; the message says what and why.</summary>
/// <param name="message">Shown to the user.</param>
internal sealed class UsageException(string message) : Exception(message);
