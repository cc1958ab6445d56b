; Inno Setup 6.3 or newer: iscc /DVersion=0.1.0 installer\windows\verte.iss   (from the root of the checkout)
; Silent: VERTE-0.1.0-setup.exe /VERYSILENT /SUPPRESSMSGBOXES /NORESTART [/ALLUSERS] [/TASKS=openwith] [/LOG=file]
#ifndef Version
  #error Give the version: /DVersion=0.1.0
#endif

[Setup]
AppId={{7B0B5B0E-7D65-4C3C-9C0C-5645525445AA}
AppName=VERTE Desktop
AppVersion={#Version}
AppVerName=VERTE Desktop {#Version}
AppPublisher=VERTE Desktop
VersionInfoVersion={#Version}
DefaultDirName={autopf}\VERTE Desktop
DisableProgramGroupPage=yes
; Without an administrator by default; /ALLUSERS asks for one.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=commandline dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
Compression=lzma2/max
SolidCompression=yes
LZMANumBlockThreads=2
CloseApplications=yes
RestartApplications=no
ChangesAssociations=yes
LicenseFile=..\..\LICENSE
SetupIconFile=..\..\resources\icons\verte.ico
UninstallDisplayIcon={app}\verte-desktop.exe
OutputDir=..\..\dist
OutputBaseFilename=VERTE-{#Version}-setup
#ifdef Sign
SignTool={#Sign}
SignedUninstaller=yes
#endif

[Tasks]
Name: openwith; Description: "Offer VERTE Desktop under ""Open with"" for .dcm files"; Flags: unchecked
Name: path; Description: "Add the command ""verte"" to the PATH"; Flags: unchecked

[InstallDelete]
; Libraries of the version before must not stay beside those of this one.
Type: filesandordirs; Name: "{app}\_internal"
Type: filesandordirs; Name: "{app}\licences"

[Files]
Source: "..\..\dist\verte\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{autoprograms}\VERTE Desktop"; Filename: "{app}\verte-desktop.exe"; AppUserModelID: "VERTE.Desktop"

[Registry]
; HKA is the user's own part of the registry, or the machine's with /ALLUSERS. The default program of .dcm stays.
Root: HKA; Subkey: "Software\Classes\VERTE.dcm"; ValueType: string; ValueData: "DICOM image"; Flags: uninsdeletekey; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\VERTE.dcm\DefaultIcon"; ValueType: string; ValueData: "{app}\verte-desktop.exe,0"; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\VERTE.dcm\shell\open\command"; ValueType: string; ValueData: """{app}\verte-desktop.exe"" ""%1"""; Tasks: openwith
Root: HKA; Subkey: "Software\Classes\.dcm\OpenWithProgids"; ValueType: string; ValueName: "VERTE.dcm"; ValueData: ""; Flags: uninsdeletevalue; Tasks: openwith
Root: HKA; Subkey: "Software\Microsoft\Windows\CurrentVersion\App Paths\verte-desktop.exe"; ValueType: string; ValueData: "{app}\verte-desktop.exe"; Flags: uninsdeletekey
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: NotInPath

[Code]
function NotInPath: Boolean;
var
  Found: String;
begin
  if not RegQueryStringValue(HKCU, 'Environment', 'Path', Found) then
    Found := '';
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Found) + ';') = 0;
end;

; There is no [UninstallDelete]: settings, reviews, logs and scores of readers stay.
