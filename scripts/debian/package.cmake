# The Debian package: scripts/package, or "cpack -G DEB" in a built folder. What cpack does not know
# of Debian's policy is done by scripts/debian/finish, on the folder that will be packed.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "smtpaudit maintainers <maintainers@smtpaudit.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "rank who still sends mail by SMTP AUTH with Basic login")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Microsoft 365 is ending Basic authentication for SMTP AUTH, the way scanners,
UPS units, ERP jobs and scripts log in with a user name and a password.
smtpaudit ranks the accounts and devices that still do it: what will stop, what
a stolen password could do meanwhile, and what to do about each. It reads the
files that the Exchange and Entra admin centers export, or signs in and reads
the tenant through Microsoft Graph.")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/scripts/debian/finish.cmake)
# What the script above is told.
set(CPACK_SMTPAUDIT_BUILD ${PROJECT_BINARY_DIR})
include(CPack)
