using System.Text;
using Engine.Emulator.Devices;
using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>Carries standard input to the guest's console: keys as they are pressed, or a file or pipe to its end.</summary>
internal static class InputPump
{
    public static void Start(ConsoleInput input)
    {
        var thread = new Thread(() => Pump(input)) { Name = "console-input", IsBackground = true };
        thread.Start();
    }

    private static void Pump(ConsoleInput input)
    {
        try
        {
            if (!StandardStreams.HasInput)
                input.Complete();
            else if (Console.IsInputRedirected)
                PumpStream(input);
            else
                PumpKeys(input);
        }
        catch (Exception)
        {
            // Standard input went away or may not be read; for the guest it has ended. Nobody is above this thread.
        }

        input.Complete();
    }

    private static void PumpStream(ConsoleInput input)
    {
        using Stream source = Console.OpenStandardInput();
        byte[] buffer = new byte[4096];
        for (int count; (count = source.Read(buffer)) > 0;)
            input.Enqueue(buffer.AsSpan(0, count));
    }

    private static void PumpKeys(ConsoleInput input)
    {
        Span<char> key = stackalloc char[1];
        Span<byte> bytes = stackalloc byte[4];
        while (true)
        {
            key[0] = Console.ReadKey(intercept: true).KeyChar;
            if (key[0] != '\0')
                input.Enqueue(bytes[..Encoding.UTF8.GetBytes(key, bytes)]);
        }
    }
}
