using Engine.Emulator.Cli;

return EmulatorCommandLine.Invoke(args);
