namespace Engine.Emulator.Loading;

/// <summary>A guest cannot be loaded; the message is one line for the user.</summary>
public sealed class GuestLoadException : Exception
{
    public GuestLoadException(string message)
        : base(message)
    {
    }

    public GuestLoadException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
