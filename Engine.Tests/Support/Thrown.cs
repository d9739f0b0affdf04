namespace Engine.Tests.Support;

/// <summary>The exception that code throws, as a value that is never null.</summary>
internal static class Thrown
{
    public static T By<T>(Action code)
        where T : Exception =>
        Assert.Throws<T>(code) ?? throw new InvalidOperationException("Assert.Throws fails where nothing is thrown.");
}
