using Engine.Bus.Queues;

namespace Engine.Tests.Bus.Queues;

internal sealed class TestEnvelope : IEnvelope
{
    private long _number;
    private long _check;

    public void Fill(long number)
    {
        _number = number;
        _check = ~number;
    }

    /// <summary>Reads the number, and fails if somebody else has written the envelope meanwhile.</summary>
    public long Read()
    {
        long number = _number;
        Assert.That(_check, Is.EqualTo(~number), "An envelope has had two owners at once.");
        return number;
    }

    public void Clear() => Fill(0);

    public void Retire()
    {
    }
}
