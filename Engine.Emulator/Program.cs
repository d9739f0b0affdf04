using Engine.Emulator.Cli;

return await EmulatorCommandLine.InvokeAsync(args);
